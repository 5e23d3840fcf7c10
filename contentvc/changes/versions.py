"""One file in a merge: its mode, content and attributes, each merged three-way."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from contentvc import limits
from contentvc.changes.conflicts import ConflictKind, Version
from contentvc.errors import Missing
from contentvc.formats.contract import Favour, ItemConflict, Labels, Merged, Side
from contentvc.formats.items import item_name
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.ids import ObjectId, blob_id
from contentvc.snapshots.attributes import Attributes
from contentvc.snapshots.merging import ByItem
from contentvc.snapshots.tree import Entry, Mode

__all__ = [
    "UNMARKED",
    "Clash",
    "Deciding",
    "Marking",
    "MergedFile",
    "merge_versions",
    "no_rules",
    "unmerged",
]

Value = TypeVar("Value")

_KINDS: Final = {"text": ConflictKind.CONTENT, "binary": ConflictKind.BINARY}
"""What a conflict is by the format that found it; others leave ours in place."""


def no_rules(_path: bytes) -> Rules:
    """Of content without sets."""
    return NO_RULES


@dataclass(frozen=True, slots=True)
class MergedFile:
    """What a path becomes."""

    mode: Mode
    size: int
    id: ObjectId
    attributes: Attributes
    content: bytes | None = None
    """Bytes that a merge of contents made; None where the content is one side's."""


@dataclass(frozen=True, slots=True)
class Marking:
    """Marks of conflicts in bases that are merges themselves.

    Where a side stood in place of a conflict there, a merge from that base would take it for
    decided. With marks neither side is as the base, so what both did not decide alike clashes.
    """

    is_wanted: bool = False
    """Conflicts are to be seen in the content: this merge makes a base."""
    marked: Collection[ObjectId] = ()
    """Contents that have marks, and can be merged from by line only."""


UNMARKED: Final = Marking()


@dataclass(frozen=True, slots=True)
class Deciding:
    """How a merge reads, names and decides."""

    read: Callable[[ObjectId], bytes]
    labels: Labels
    favour: Favour | None
    rules: Callable[[bytes], Rules] = no_rules
    """What the content sets say of a path."""
    marking: Marking = UNMARKED

    def favoured(self, ours: Value, theirs: Value) -> Value:
        """What stands where both sides differ: theirs if it is favoured, else ours."""
        return theirs if self.favour is Favour.THEIRS else ours

    def favours(self, side: Side) -> bool:
        """Whether that side decides."""
        return self.favour is not None and self.favour.value == side.value


@dataclass(frozen=True, slots=True)
class Clash:
    """Something about a file that both sides changed differently."""

    kind: ConflictKind
    items: tuple[ItemConflict, ...] = ()
    by_item: ByItem | None = None
    """Where each can be decided alone."""


def unmerged(entry: Entry) -> MergedFile:
    """A file as one side has it."""
    return MergedFile(entry.mode, entry.size, entry.id, entry.attributes)


def merge_versions(
    base: Version | None, ours: Version, theirs: Version, deciding: Deciding
) -> tuple[MergedFile, list[Clash]]:
    """The file that has what both sides did to it, and what they did that cannot both be.

    Without a base, both sides made it. With a favoured side there are no clashes.
    """
    clashes: list[Clash] = []
    before = base.entry if base else None
    merged = _body(base, ours, theirs, deciding, clashes)
    attributes, clash = _attributes(
        before.attributes if before else (),
        ours.entry.attributes,
        theirs.entry.attributes,
        deciding,
    )
    if clash:
        clashes.append(Clash(ConflictKind.ATTRIBUTES))
    return replace(merged, attributes=attributes), [] if deciding.favour else clashes


def _body(
    base: Version | None,
    ours: Version,
    theirs: Version,
    deciding: Deciding,
    clashes: list[Clash],
) -> MergedFile:
    """Mode and content; a file that became a symlink changes both at once."""
    before, a, b = base.entry if base else None, ours.entry, theirs.entry
    chosen = _unchanged(_what(before), _what(a), _what(b))
    if chosen is not None:
        return unmerged(a if chosen == _what(a) else b)
    links = [one is not None and one.mode is Mode.SYMLINK for one in (before, a, b)]
    if links[1] != links[2]:
        clashes.append(Clash(ConflictKind.TYPE))
        return unmerged(deciding.favoured(a, b))
    if links[1]:
        clashes.append(Clash(ConflictKind.BINARY))
        return unmerged(deciding.favoured(a, b))
    if links[0]:
        base = before = None
    mode = _unchanged(before.mode if before else None, a.mode, b.mode)
    if mode is None:
        clashes.append(Clash(ConflictKind.MODE))
    merged = _content(base, ours, theirs, deciding, clashes)
    return replace(merged, mode=deciding.favoured(a, b).mode if mode is None else mode)


def _what(entry: Entry | None) -> tuple[Mode, ObjectId] | None:
    return None if entry is None else (entry.mode, entry.id)


def _unchanged(base: Value | None, ours: Value, theirs: Value) -> Value | None:
    """The value that needs no decision: both have it, or only one side changed it."""
    if ours in (theirs, base):
        return theirs
    return ours if theirs == base else None


def _content(
    base: Version | None,
    ours: Version,
    theirs: Version,
    deciding: Deciding,
    clashes: list[Clash],
) -> MergedFile:
    before, a, b = base.entry if base else None, ours.entry, theirs.entry
    chosen = _unchanged(before.id if before else None, a.id, b.id)
    if chosen is not None:
        return unmerged(a if chosen == a.id else b)
    versions = [one for one in (before, a, b) if one is not None]
    rules = deciding.rules(ours.path)
    contents = _contents(versions, ours.path, rules, deciding)
    if contents is None:
        clashes.append(Clash(ConflictKind.BINARY))
        return unmerged(deciding.favoured(a, b))
    merged, kind = _merged(base, ours, theirs, contents, rules, deciding)
    if merged.conflicts:
        by_item = _by_item(merged.conflicts, rules) if kind is ConflictKind.ITEMS else None
        clashes.append(Clash(kind, merged.conflicts, by_item))
    identifier = blob_id(merged.content)
    for entry in (a, b):
        if entry.id == identifier:
            return unmerged(entry)
    return MergedFile(a.mode, len(merged.content), identifier, (), merged.content)


def _contents(
    versions: list[Entry], path: bytes, rules: Rules, deciding: Deciding
) -> list[bytes] | None:
    """What each version holds; None where one is too large to merge, or was purged."""
    from contentvc.formats.registry import merge_limit  # noqa: PLC0415 - 10 ms, few need it

    if max(one.size for one in versions) > merge_limit(path, rules):
        return None
    try:
        return [deciding.read(one.id) for one in versions]
    except Missing as error:
        if error.code != "purged":
            raise
        return None


def _merged(
    base: Version | None,
    ours: Version,
    theirs: Version,
    contents: list[bytes],
    rules: Rules,
    deciding: Deciding,
) -> tuple[Merged, ConflictKind]:
    from contentvc.formats.registry import merge_file, merge_lines  # noqa: PLC0415 - as above

    *before, a, b = contents
    old = before[0] if before else None
    labels, favour = _labels(deciding.labels, base, ours, theirs), deciding.favour
    if base is not None and base.entry.id in deciding.marking.marked:
        merged, chosen = merge_lines(old, a, b, labels, favour)
    else:
        merged, chosen = merge_file(ours.path, old, a, b, labels, favour, rules)
    kind = _KINDS.get(chosen.name, ConflictKind.ITEMS)
    if merged.conflicts and kind is ConflictKind.ITEMS and deciding.marking.is_wanted:
        merged, chosen = merge_lines(old, a, b, labels, favour)
        kind = _KINDS[chosen.name]
    return merged, kind


def _by_item(items: tuple[ItemConflict, ...], rules: Rules) -> ByItem | None:
    """The names of the items; None where there are more than anybody decides one by one."""
    names = dict.fromkeys("" if one.path is None else item_name(one.path) for one in items)
    if len(names) + len(rules.key) + len(rules.unordered) > limits.CONFLICT_ITEMS:
        return None
    left = tuple(names)
    return ByItem(left, rules.set or "", rules.format or "", rules.key, rules.unordered)


def _labels(labels: Labels, base: Version | None, ours: Version, theirs: Version) -> Labels:
    """With the paths, where the versions are not all of one name."""
    if len({one.path for one in (base, ours, theirs) if one}) == 1:
        return labels
    return replace(
        labels,
        base=_named(labels.base, base) if base else labels.base,
        ours=_named(labels.ours, ours),
        theirs=_named(labels.theirs, theirs),
    )


def _named(label: str, version: Version) -> str:
    return f"{label}:{version.path.decode('utf-8', 'replace')}"


def _attributes(
    base: Attributes, ours: Attributes, theirs: Attributes, deciding: Deciding
) -> tuple[Attributes, bool]:
    """Attributes merged key by key, and whether a key was changed differently."""
    if ours == theirs:
        return ours, False
    rows = list(_keys(dict(base), dict(ours), dict(theirs), deciding))
    merged = tuple((key, value) for key, value, _ in rows if value is not None)
    return merged, any(clash for _, _, clash in rows)


def _keys(
    base: dict[str, str], ours: dict[str, str], theirs: dict[str, str], deciding: Deciding
) -> Iterator[tuple[str, str | None, bool]]:
    for key in sorted(ours.keys() | theirs.keys()):
        before, a, b = base.get(key), ours.get(key), theirs.get(key)
        if a in (b, before):
            yield key, b, False
        elif b == before:
            yield key, a, False
        else:
            yield key, deciding.favoured(a, b), True
