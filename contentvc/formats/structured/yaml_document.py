"""YAML documents: what the parser found, as nodes."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from contentvc.formats.items import Value
from contentvc.formats.problems import Problem
from contentvc.formats.structured.language import TreeLanguage
from contentvc.formats.structured.nodes import Branch, Document, Holds, Member, Node
from contentvc.formats.structured.yaml_text import Part, is_merge, parts

__all__ = ["YamlText"]

_LINE_END: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_GAP: Final = re.compile(r"(?:\s|#[^\r\n]*)*")


class YamlText(TreeLanguage):
    """The language of ``.yaml`` files."""

    name = "yaml"
    comment = "#"

    def read(self, text: str) -> Document:
        """The document; of several, a list of them. `text` may begin with a byte-order mark.

        Raises:
            Unfit: it is malformed, or beyond a limit.
        """
        roots = parts(text)
        if len(roots) == 1:
            root = _node(text, roots[0])
            return Document(text[: root.start], root, text[root.end :])
        values: list[Value] = [one.value for one in roots]
        return Document("", Node(text, 0, len(text), values or None), "")

    def warnings(self, text: str) -> Iterator[Problem]:
        """Nothing is read that is no YAML."""
        yield from ()

    def fresh(self, value: Value) -> str:
        """A whole document."""
        from contentvc.formats.structured import yaml_writing  # noqa: PLC0415 - most only read

        return yaml_writing.whole(value)

    def written(self, value: Value, branch: Branch) -> str:
        """A value as a member of a branch has it."""
        from contentvc.formats.structured import yaml_writing  # noqa: PLC0415 - as above

        if branch.separator:
            return yaml_writing.in_flow(value)
        return yaml_writing.in_block(value, branch.indent, is_element=not _has_keys(branch))

    def member(self, key: str, value: Value, branch: Branch) -> Member:
        """A new member, as those of the branch are written."""
        from contentvc.formats.structured import yaml_writing  # noqa: PLC0415 - as above

        text = self.written(value, branch)
        name = yaml_writing.in_flow(key) + ":" if _has_keys(branch) else "-"
        if branch.separator:
            is_first = not branch.members
            head = name + " " if _has_keys(branch) else ""
            before = "" if is_first else _before(branch)
            return Member(key, before, head, Node(text, 0, len(text), value))
        head = name if text.startswith("\n") else name + " "
        node = Node(text, 0, len(text), value)
        return Member(key, branch.indent, head, node, "\n")


def _has_keys(branch: Branch) -> bool:
    return branch.holds is Holds.MAPPING


def _before(branch: Branch) -> str:
    last = branch.members[-1].before
    return last if not last.strip() and (last or len(branch.members) > 1) else " "


def _node(text: str, part: Part) -> Node:
    end = _end(text, part)
    if not _is_open(text, part):
        return Node(text, part.start, end, part.value)
    return Node(text, part.start, end, part.value, partial(_opened, text, part))


def _is_open(text: str, part: Part) -> bool:
    """Whether it is a collection; ``[a: b]``, a mapping without brackets, is not gone into."""
    if part.children is None:
        return False
    return text[part.opening - 1] in "{[" if part.is_flow else bool(part.children)


def _opened(text: str, part: Part) -> Branch:
    return _flow(text, part) if part.is_flow else _block(text, part)


def _end(text: str, part: Part) -> int:
    """Where a value ends: a block collection with the line of its last member."""
    last = part
    while last.children and not last.is_flow:
        last = last.children[-1]
    return last.end if last is part else _line_end(text, last.end)


def _line_end(text: str, end: int) -> int:
    if end and text[end - 1] in "\r\n":
        return end
    found = _LINE_END.match(text, end)
    assert found is not None  # noqa: S101 - no line end is the end of the text
    return found.end()


def _pairs(part: Part) -> Sequence[tuple[Part | None, Part]]:
    children = part.children or []
    if part.is_mapping:
        return list(zip(children[::2], children[1::2], strict=True))
    return [(None, one) for one in children]


def _begin(text: str, key: Part) -> int:
    """Where a key begins: with the question mark before it, where it has one."""
    place = key.start
    while place and text[place - 1] in " \t":
        place -= 1
    return place - 1 if place and text[place - 1] == "?" else key.start


def _block(text: str, part: Part) -> Branch:
    pairs = _pairs(part)
    start = _first(text, part)
    opening = text[part.start : start]
    indent = " " * (start - _line_start(text, start))
    members: list[Member] = []
    end = start
    for number, (key, value) in enumerate(pairs):
        node = _node(text, value)
        begin = _begin(text, key) if key is not None else _dash(text, end)
        before = text[end:begin] if number else indent
        end = _line_end(text, max(node.end, begin))
        name = part.keys[number] if key is not None else ""
        spreads = key is not None and is_merge(key)
        head, rest = text[begin : node.start], text[node.end : end]
        members.append(Member(name, before, head, node, rest, spreads))
    holds = Holds.MAPPING if part.is_mapping else Holds.SEQUENCE
    return Branch(holds, "", opening, tuple(members), "", indent)


def _line_start(text: str, place: int) -> int:
    start = max(text.rfind("\n", 0, place), text.rfind("\r", 0, place)) + 1
    return start + text.startswith("\ufeff", start)


def _first(text: str, part: Part) -> int:
    """Where the first key or dash stands."""
    assert part.children is not None  # noqa: S101 - only collections are gone into
    if part.is_mapping:
        return _begin(text, part.children[0])
    # The start of a collection with an anchor or a tag is theirs; the event ends at its dash.
    return _dash(text, part.start) if text[part.start] == "-" else _dash(text, part.opening - 1)


def _dash(text: str, place: int) -> int:
    found = _GAP.match(text, place)
    assert found is not None  # noqa: S101 - no gap is a gap too
    return found.end()


def _flow(text: str, part: Part) -> Branch:
    members: list[Member] = []
    place = part.opening
    pairs = _pairs(part)
    for number, (key, value) in enumerate(pairs):
        node = _node(text, value)
        begin = _begin(text, key) if key is not None else node.start
        after = _dash(text, max(node.end, begin))
        is_last = number == len(pairs) - 1
        rest = "" if is_last else text[node.end : after]
        name = part.keys[number] if key is not None else ""
        spreads = key is not None and is_merge(key)
        head = text[begin : node.start]
        members.append(Member(name, text[place:begin], head, node, rest, spreads))
        place = node.end if is_last else after + 1
    holds = Holds.MAPPING if part.is_mapping else Holds.SEQUENCE
    opening = text[part.start : part.opening]
    return Branch(holds, ",", opening, tuple(members), text[place : part.end])
