"""Proposal: a first ``contentvc.toml`` for files that nobody declared yet.

Few sets, that people would make themselves: the records of one kind in one top folder, and the
documents and texts of one. Where a folder's records have no key in common, its subfolders are
looked at one by one.
"""

import json
import re
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.formats.registry import OF_RECORDS, candidates
from contentvc.formats.rules import NO_RULES
from contentvc.sets.names import DECLARATION

__all__ = ["FoundKey", "ProposedSet", "propose_sets", "written"]

_TEXTS: Final = (b".md", b".markdown", b".txt", b".j2", b".jinja", b".jinja2", b".prompt")
"""How names end of texts that are content rather than code."""
_PLAIN: Final = frozenset({"text", "binary"})
_DOCUMENTS: Final = "documents"
_ENDS: Final = 6
"""Patterns of one set at most."""
_DEPTH: Final = 3
"""Folders inside one another that are looked at one by one."""
_APART: Final = 12
"""Subfolders that get sets of their own at most: more are told apart by nobody."""
_MOST: Final = 30
"""Sets at most; those with the most files are kept."""
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_NAME: Final = 48
"""Characters of a folder's name that go into the name of a set."""


class FoundKey(NamedTuple):
    """What names every record of some files."""

    fields: tuple[str, ...]
    is_sure: bool = True
    """Whether the files were read to their ends."""


FindKey = Callable[[str, Sequence[bytes]], FoundKey]
"""The key of the records of some files, given the name of their format."""


@dataclass(frozen=True, slots=True)
class ProposedSet:
    """A set as it would be declared."""

    name: str
    paths: tuple[str, ...]
    files: int
    key: FoundKey | None
    """None where files are no records."""


class _Group(NamedTuple):
    folder: bytes
    kind: str
    """A format of records, or ``documents``."""
    files: list[bytes]


def propose_sets(paths: Iterable[bytes], find_key: FindKey) -> tuple[ProposedSet, ...]:
    """Sets that have these files, or some of them; no file is in two.

    Not taken are: names with a dot in front, names that are not UTF-8, code and binary files,
    and documents at the root or alone in their folder.
    """
    groups = sorted(_groups(paths), key=lambda one: (one.folder, -len(one.files), one.kind))
    made = [one for group in groups for one in _sets(group, find_key, _DEPTH)]
    made = [one for one in made if max(map(len, one.paths)) <= limits.SET_WORD]
    kept = sorted(sorted(made, key=lambda one: -one.files)[:_MOST], key=made.index)
    return tuple(_distinct(kept))


def written(sets: Sequence[ProposedSet]) -> str:
    """The file."""
    tables = "".join(f"\n[sets.{one.name}]\n{_table(one)}" for one in sets)
    return "# Content sets: named parts of the content, and how they are read.\n" + tables


def _groups(paths: Iterable[bytes]) -> Iterator[_Group]:
    found: dict[tuple[bytes, str], list[bytes]] = defaultdict(list)
    for path in paths:
        kind = _kind(path)
        if kind is not None:
            folder = path.partition(b"/")[0] if b"/" in path else b""
            found[folder, kind].append(path)
    for (folder, kind), files in found.items():
        if kind != _DOCUMENTS or (folder and len(files) > 1):
            yield _Group(folder, kind, sorted(_usual(files)))


def _usual(files: Sequence[bytes]) -> list[bytes]:
    """Those whose names end in the ways that most of them do."""
    kept = {end for end, _ in Tally(map(_ending, files)).most_common(_ENDS)}
    return [path for path in files if _ending(path) in kept]


def _ending(path: bytes) -> bytes:
    """What tells the kind of a file: its name from the last dot, or else the last underscore."""
    name = path.rpartition(b"/")[2]
    return name[max(0, name.rfind(b".") if b"." in name else name.rfind(b"_")) :]


def _kind(path: bytes) -> str | None:
    if path == DECLARATION or any(name.startswith(b".") for name in path.split(b"/")):
        return None
    try:
        path.decode()
    except UnicodeDecodeError:
        return None
    name = next(candidates(path, b"", NO_RULES)).name
    if name in OF_RECORDS:
        return name
    return _DOCUMENTS if name not in _PLAIN or path.lower().endswith(_TEXTS) else None


def _sets(group: _Group, find_key: FindKey, depth: int) -> Iterator[ProposedSet]:
    whole = ProposedSet(_name(group), _patterns(group), len(group.files), None)
    if group.kind == _DOCUMENTS:
        yield whole
        return
    key = find_key(group.kind, group.files)
    parts = [] if key.fields or not depth else _below(group)
    made = [one for part in parts for one in _sets(part, find_key, depth - 1)]
    if any(one.key is not None and one.key.fields for one in made):
        yield from made
    else:
        yield replace(whole, key=key)


def _below(group: _Group) -> list[_Group]:
    """A group for each subfolder; none where files are beside them, or there are too many."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    start = len(group.folder) + 1 if group.folder else 0
    for path in group.files:
        name, slash, _ = path[start:].partition(b"/")
        if not slash:
            return []
        found[path[:start] + name].append(path)
    if not 1 < len(found) <= _APART:
        return []
    return [_Group(folder, group.kind, files) for folder, files in found.items()]


def _patterns(group: _Group) -> tuple[str, ...]:
    """A pattern for each way in which its files' names end; the root's are not below folders."""
    ends = sorted(set(map(_ending, group.files)))
    start = _literal(group.folder.decode()) + "/**/" if group.folder else ""
    return tuple(f"{start}*{_literal(end.decode())}" for end in ends)


def _literal(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)


def _name(group: _Group) -> str:
    name = _NO_NAME.sub("-", group.folder.decode()).strip("-_")[:_NAME]
    return name or group.kind


def _distinct(sets: Iterable[ProposedSet]) -> Iterator[ProposedSet]:
    """The same with names that are all different; the second of a folder says its kind."""
    taken: set[str] = set()
    for one in sets:
        names = [one.name, *_others(one)]
        name = next(name for name in names if name not in taken)
        taken.add(name)
        yield replace(one, name=name)


def _others(one: ProposedSet) -> Iterator[str]:
    end = _NO_NAME.sub("", one.paths[0].rpartition(".")[2])[:8]
    if end:
        yield f"{one.name}-{_DOCUMENTS if one.key is None else end}"
    for number in range(2, 2 + _MOST):
        yield f"{one.name}-{number}"


def _table(one: ProposedSet) -> str:
    lines = [f"paths = {_toml(list(one.paths))}"]
    if one.key is not None and one.key.fields:
        fields: str | list[str] = list(one.key.fields)
        fields = fields[0] if len(fields) == 1 else fields
        remark = "" if one.key.is_sure else "  # in what was read; the files were not read whole"
        lines.append(f"key = {_toml(fields)}{remark}")
    elif one.key is not None:
        lines.append("# key: no field was found that names every record")
    return "".join(f"{line}\n" for line in lines)


def _toml(value: str | list[str]) -> str:
    """Strings of TOML are those of JSON but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
