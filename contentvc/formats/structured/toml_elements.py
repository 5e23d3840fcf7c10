"""Elements: where each section of a TOML document goes when lists of tables change.

An element of such a list is its header and the sections of what is in it; it takes its comments
along when others come, go or move.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contentvc.errors import Missing
from contentvc.formats.items import Path, Value
from contentvc.formats.rules import Rules
from contentvc.formats.structured.editing import at
from contentvc.formats.structured.rewriting import matched
from contentvc.formats.structured.toml_nodes import section_paths
from contentvc.formats.structured.toml_text import Section

__all__ = ["Placed", "arranged", "found"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A section in the document that is made."""

    section: Section | None
    """None of an element that came."""
    old: Path
    new: Path


_Block = list[Placed]


def found(root: Value, path: Path) -> Value:
    """The value there; None where there is none, which TOML cannot hold."""
    try:
        return at(root, path)
    except Missing:
        return None


def arranged(sections: Sequence[Section], old: Value, target: Value, rules: Rules) -> list[Placed]:
    """The sections that stay, in their new order, and the elements that came among them."""
    paths = section_paths(sections)
    placed = [Placed(one, path, path) for one, path in zip(sections, paths, strict=True)]
    lists = {path[:-1] for one, path in zip(sections, paths, strict=True) if one.is_element}
    # What holds others goes first: what is in it has its new path then.
    for path in sorted(lists, key=len):
        placed = _with_list(placed, path, old, target, rules)
    return placed


def _with_list(
    placed: list[Placed], path: Path, old: Value, target: Value, rules: Rules
) -> list[Placed]:
    depth = len(path)
    own = [place for place, one in enumerate(placed) if one.section and one.old[:depth] == path]
    if not own or own != list(range(own[0], own[-1] + 1)):
        return placed
    new = placed[own[0]].new[:depth]
    before, after = found(old, path), found(target, new)
    if not isinstance(before, list) or not isinstance(after, list) or not _is_tables(after):
        return placed
    blocks: list[_Block] = [[] for _ in before]
    for place in own:
        step = placed[place].old[depth]
        assert isinstance(step, int)  # noqa: S101 - such are the steps into lists of tables
        blocks[step].append(placed[place])
    pairs = [(i, j) for i, j in matched(before, after, rules) if j is not None]
    made = [
        one
        for i, j in pairs
        for one in ([Placed(None, (), (*new, j))] if i is None else _renamed(blocks[i], (*new, j)))
    ]
    return [*placed[: own[0]], *made, *placed[own[-1] + 1 :]]


def _is_tables(elements: Sequence[Value]) -> bool:
    return all(isinstance(one, dict) for one in elements)


def _renamed(block: _Block, start: Path) -> _Block:
    return [replace(one, new=(*start, *one.new[len(start) :])) for one in block]
