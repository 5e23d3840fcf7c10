"""Progressing: a merge in progress, as lines and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Final

from contentvc.cli.documents import Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.units import count
from contentvc.snapshots.merging import ConflictPaths, MergeKind, Merging

__all__ = [
    "REASONS",
    "conflict_json",
    "conflict_line",
    "conflict_lines",
    "progress_json",
    "progress_lines",
    "ways_on",
]

_SHOWN: Final = 20
_DOING: Final = {
    MergeKind.MERGE: "merging",
    MergeKind.CHERRY_PICK: "picking",
    MergeKind.REVERT: "reverting",
    MergeKind.STASH_POP: "bringing back",
}
REASONS: Final = {
    "content": "both changed the same lines",
    "items": "both changed the same records or values: ours is in place",
    "binary": "both changed it, and it is no text: ours is in place",
    "added-twice": "both made a file of this name",
    "deleted-by-us": "deleted here, changed there: theirs is in place",
    "deleted-by-them": "changed here, deleted there: ours is in place",
    "renamed-apart": "renamed here and there, to different names",
    "renamed-together": "two files were given this name",
    "file-and-folder": "a file on one side, a folder on the other",
    "type": "a file on one side, a symlink on the other: ours is in place",
    "mode": "executable on one side only: it is as ours",
    "attributes": "both changed the same attribute: it is as ours",
}
"""By kind of conflict, as people read it."""


def progress_lines(merging: Merging | None, screen: Screen) -> Iterator[str]:
    """What is in progress, the conflicts that are left, and the ways on; nothing for None."""
    if merging is None:
        return
    doing, source = _DOING[merging.kind], screen.paint(escape(merging.source), Tone.NAME)
    left = f"; {count(len(merging.left), 'commit')} to come" if merging.left else ""
    if merging.conflicts:
        found = screen.paint(f"{count(len(merging.conflicts), 'conflict')} left", Tone.CONFLICT)
        yield f"{doing} {source}: {found}{left}"
        yield from conflict_lines(merging.conflicts, screen)
    elif merging.picked is None and merging.kind is not MergeKind.MERGE:
        yield f"{doing} {count(len(merging.left), 'commit')} more, where it stopped"
    else:
        yield f"{doing} {source}: no conflicts are left{left}"
    yield from ways_on(merging, screen)


def conflict_lines(conflicts: Sequence[ConflictPaths], screen: Screen) -> Iterator[str]:
    """Path and reason of each, indented; more than a screen of them are counted."""
    rows = [["  " + conflict_line(row.path, screen), _reason(row)] for row in conflicts[:_SHOWN]]
    yield from aligned(rows)
    if len(conflicts) > _SHOWN:
        yield f"  … and {len(conflicts) - _SHOWN:,} more (all of them: contentvc conflicts)"


def _reason(row: ConflictPaths) -> str:
    reason = REASONS.get(row.kind, escape(row.kind))
    return reason if row.by_item is None else f"{reason}; {len(row.by_item.left):,} left"


def conflict_line(path: bytes, screen: Screen) -> str:
    """``C path``, as changes have ``M path``."""
    return f"{screen.paint('C', Tone.CONFLICT)} {screen.path(path)}"


def ways_on(merging: Merging, screen: Screen) -> Iterator[str]:
    """What can be done now, one way a line."""
    from contentvc.actions.merging import WORDS, conclusion

    rows = []
    if merging.conflicts:
        rows.append(("decide", "edit the file, then contentvc resolve PATH"))
        rows.append(("take a side", "contentvc resolve PATH --ours, or --theirs"))
        if any(row.by_item is not None for row in merging.conflicts):
            rows.append(("of one item", "contentvc resolve PATH#ITEM --theirs, or --value JSON"))
    if merging.kind is not MergeKind.STASH_POP:
        rows.append(("then conclude" if merging.conflicts else "conclude", conclusion(merging)))
    rows.append(("take it back", f"contentvc {WORDS[merging.kind]} --abort"))
    for line in aligned([(f"  {name}:", way) for name, way in rows]):
        yield screen.paint(line, Tone.HINT)


def progress_json(merging: Merging) -> Json:
    """The same for programs."""
    return {
        "kind": merging.kind.value,
        "source": merging.source,
        "parents": [parent.hex() for parent in merging.parents],
        "picked": merging.picked.hex() if merging.picked else None,
        "left": [commit.hex() for commit in merging.left],
        "conflicts": [conflict_json(row) for row in merging.conflicts],
    }


def conflict_json(row: ConflictPaths) -> dict[str, Json]:
    """A conflict, and where its versions are: null where a side has no such file."""
    return {
        **json_path(row.path),
        "kind": row.kind,
        "base": _place(row.base),
        "ours": _place(row.ours),
        "theirs": _place(row.theirs),
        "items": None if row.by_item is None else list(row.by_item.left),
    }


def _place(path: bytes | None) -> Json:
    return None if path is None else json_path(path)
