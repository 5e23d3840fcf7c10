"""Resolving items: single records and values of a merge in progress are decided."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contentvc.actions.abort import known_entry
from contentvc.actions.conflicts import FoundItems, found_items, name_of
from contentvc.actions.content import stored_source
from contentvc.actions.context import Context
from contentvc.actions.heads import checked_head
from contentvc.actions.merging import InProgress, conflict_of, in_progress, not_merging
from contentvc.actions.resolve import ResolveReport, carry_resolved, file_at
from contentvc.actions.standing import settled_lease
from contentvc.actions.working import based
from contentvc.changes.conflicts import PathConflict
from contentvc.changes.trees import TreeChange
from contentvc.errors import Conflict, Missing
from contentvc.formats.contract import ItemConflict, Side
from contentvc.formats.items import Path, Piece, parse_item, starts_with
from contentvc.formats.problems import Unfit
from contentvc.objects.writing import Writing
from contentvc.snapshots.merging import ConflictPaths
from contentvc.snapshots.tree import Entry
from contentvc.worktree.reading import find_files, read_whole
from contentvc.worktree.state import State
from contentvc.worktree.statefile import load_state

__all__ = ["ItemsRequest", "resolve_items"]

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """Which items are decided, and how: as they are in the files now, unless told otherwise."""

    items: tuple[tuple[bytes, str], ...]
    """Of the file at a path: an item, and so all that is left inside it; the empty one is all."""
    side: Side | None = None
    """As that side has them."""
    value: Piece | None = None
    """One item becomes this."""


@dataclass(frozen=True, slots=True)
class _Decided:
    """What becomes of one file."""

    row: ConflictPaths
    items: tuple[str, ...]
    """Those that are decided."""
    before: bytes
    """What the file holds."""
    after: bytes

    @property
    def left(self) -> ConflictPaths | None:
        """What is left of its conflict; None where nothing is."""
        by_item = self.row.by_item
        assert by_item is not None  # noqa: S101 - only such rows are decided by item
        left = tuple(name for name in by_item.left if name not in self.items)
        return self.row._replace(by_item=by_item._replace(left=left)) if left else None


def resolve_items(context: Context, request: ItemsRequest) -> ResolveReport:
    """Note that items are decided; with a side or a value, put it into the file first.

    The rest of the file stays as it is, edits of the person included. When no item of a file is
    left, its conflict is resolved. What a file held before is saved with the operation if it was
    edited since the merge.

    Raises:
        Declined: nothing is in progress (``not-merging``).
        Missing: no such file or item is in conflict, or the file is decided as a whole
            (``unknown-path``, ``unknown-item``).
        Conflict: the file holds something by now that its format cannot read (``does-not-fit``).
    """
    with settled_lease(context):
        head = checked_head(context)
        progress = in_progress(context.repository, head)
        if progress is None:
            raise not_merging()
        state = based(context, load_state(context.place.state), context.base_tree())
        decided = list(_decided(context, progress, request))
        left = tuple(_left(progress.merging.conflicts, decided))
        with context.repository.writing() as writing:
            changes = [
                _change(writing, one, _known(context, state, progress, one.row.path))
                for one in decided
                if one.after != one.before
            ]
            carried = carry_resolved(context, writing, head, progress, changes, left, state)
    return ResolveReport(
        replace(progress.merging, conflicts=left),
        tuple(one.row for one in decided if one.left is None),
        carried.overwritten,
        carried.saved,
        tuple((one.row.path, name) for one in decided for name in one.items),
    )


def _left(rows: Sequence[ConflictPaths], decided: Sequence[_Decided]) -> Iterator[ConflictPaths]:
    left = {one.row: one.left for one in decided}
    for row in rows:
        after = left.get(row, row)
        if after is not None:
            yield after


def _change(writing: Writing, one: _Decided, old: Entry) -> TreeChange:
    identifier, size = writing.put_stream(iter([one.after]), old.id, len(one.after))
    return TreeChange(one.row.path, old, old._replace(id=identifier, size=size))


def _known(context: Context, state: State, progress: InProgress, path: bytes) -> Entry:
    """The file as it was known before: what was written over it since is saved."""
    known = known_entry(context, state, path)
    known = known or file_at(context.repository.entries, progress.merged, path)
    if known is None:
        raise _not_there(path)
    return known


def _decided(context: Context, progress: InProgress, request: ItemsRequest) -> Iterator[_Decided]:
    wanted: defaultdict[bytes, list[str]] = defaultdict(list)
    for path, item in request.items:
        wanted[path].append(item)
    for path, texts in wanted.items():
        row = _row(progress, path)
        conflict = conflict_of(context.repository, progress, row)
        found = found_items(context.repository, conflict)
        if found is None:
            raise _as_a_whole(path)
        yield _decide(context, row, conflict, found, texts, request)


def _decide(
    context: Context,
    row: ConflictPaths,
    conflict: PathConflict,
    found: FoundItems,
    texts: Sequence[str],
    request: ItemsRequest,
) -> _Decided:
    chosen = list(_chosen(row, found, texts, is_one=request.value is not None))
    names = tuple(dict.fromkeys(map(name_of, chosen)))
    content = after = b""
    if request.side is not None or request.value is not None:
        if not find_files(context.place.root, [row.path]):
            raise _not_there(row.path)
        content = after = read_whole(context.place.root, row.path)
        for item in chosen:
            assert item.path is not None  # noqa: S101 - such are not chosen
            piece = request.value or _piece(context, conflict, found, item.path, request.side)
            after = _put(row.path, after, found, item.path, piece)
    return _Decided(row, names, content, after)


def _chosen(
    row: ConflictPaths, found: FoundItems, texts: Sequence[str], *, is_one: bool
) -> Iterator[ItemConflict]:
    """The items that are left and meant, each once."""
    left = frozenset(row.by_item.left if row.by_item is not None else ())
    todo = [one for one in found.items if one.path is not None and name_of(one) in left]
    for text in texts:
        start = parse_item(text)
        meant = [one for one in todo if one.path is not None and starts_with(one.path, start)]
        if is_one:
            meant = [one for one in meant if one.path is not None and len(one.path) == len(start)]
        if not meant:
            raise _no_such_item(row.path, text, todo)
        todo = [one for one in todo if one not in meant]
        yield from meant


def _piece(
    context: Context, conflict: PathConflict, found: FoundItems, item: Path, side: Side | None
) -> Piece | None:
    version = None if side is None else conflict.version(side)
    if version is None:
        return None
    source = stored_source(context.repository, version.entry)
    return found.format.find(source, item, found.rules)


def _put(path: bytes, content: bytes, found: FoundItems, item: Path, piece: Piece | None) -> bytes:
    try:
        return found.format.put(content, item, piece, found.rules)
    except Unfit as error:
        raise Conflict(
            "does-not-fit",
            f"{_shown(path)} is no {found.format.name} any more: {error}",
            "mend the file first, or decide it as a whole",
        ) from error


def _row(progress: InProgress, path: bytes) -> ConflictPaths:
    rows = [row for row in progress.merging.conflicts if row.path == path]
    if not rows:
        raise Missing(
            "unknown-path",
            f"there is no conflict in {_shown(path)}",
            "list them with: contentvc conflicts",
            path=_shown(path),
        )
    found = next((row for row in rows if row.by_item is not None), None)
    if found is None:
        raise _as_a_whole(path)
    return found


def _as_a_whole(path: bytes) -> Missing:
    return Missing(
        "unknown-item",
        f"the conflict in {_shown(path)} is decided as a whole: it has no items",
        f"edit it, then: contentvc resolve {_shown(path)}; or take a side with --ours, --theirs",
        path=_shown(path),
    )


def _no_such_item(path: bytes, text: str, left: Sequence[ItemConflict]) -> Missing:
    names = [name_of(one) for one in left]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return Missing(
        "unknown-item",
        f"there is no conflict at {text or 'any item'} in {_shown(path)}",
        f"left are: {', '.join(names[:_SHOWN])}{more}" if names else "see: contentvc conflicts",
        items=names,
    )


def _not_there(path: bytes) -> Missing:
    return Missing(
        "unknown-path",
        f"{_shown(path)} is not in the working tree any more",
        "decide it as a whole: contentvc resolve PATH, or with --ours, --theirs",
        path=_shown(path),
    )


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
