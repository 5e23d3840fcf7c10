"""Scan: every file of a working tree compared with the state, reading none of them.

Folders that the state knows are shared out by their rows; then what is new is walked, and shared
out too once it is clear that it is much.
"""

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from contentvc.storage import disk
from contentvc.worktree.chain import Chain
from contentvc.worktree.found import Found, Noted, Scan, Skipped, Suspect
from contentvc.worktree.harvest import Harvest
from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.state import RECORDED, Stamp, State, folder_key
from contentvc.worktree.visit import Visitor
from contentvc.worktree.workers import Workers

__all__ = ["scan", "scan_paths"]

_WORTH_FORKING: Final = 4000
"""Files. Fewer are looked at in less time than a second process takes to start and report."""
_FOLDERS_EACH: Final = 4
"""New folders a process gets at least; with fewer, one large folder would hold up all."""


def scan(
    root: bytes, state: State, rules: IgnoreRules, workers: Workers, *, want_ignored: bool = False
) -> Scan:
    """Compare everything in the working tree in `root` with the state.

    Raises:
        NotAllowed: the root, or an ignore file, cannot be read. Anything else that cannot is
            passed over and named in `Scan.skipped`.
        Busy: the file system fails.
    """
    search = _Search(root, state, rules, want_ignored=want_ignored)
    harvest = Harvest()
    for part in workers.gather(search.known, _shares(state, workers.count)):
        harvest.add(part)
    search.follow(harvest, workers)
    return _assembled(state, harvest)


def scan_paths(
    root: bytes, paths: Iterable[bytes], state: State, rules: IgnoreRules, *, force: bool = False
) -> Scan:
    """Compare only these files, and what is in these folders. Ignored things are named.

    A file asked for by its own path is no secret. With `force` what is asked for is not ignored
    either, and in folders only the built-in names are.

    Raises:
        NotAllowed, Busy: as `scan`.
    """
    wanted = _topmost(paths)
    if force:
        rules = IgnoreRules.forced(root, {*wanted, *(p.rpartition(b"/")[0] for p in wanted)})
    search = _Search(root, state, rules, want_ignored=True)
    harvest, unknown = search.named(wanted, force=force)
    search.follow(harvest, None)
    return _assembled(state, harvest, unknown)


class _Search:
    """One scan: what its parts have in common."""

    def __init__(
        self, root: bytes, state: State, rules: IgnoreRules, *, want_ignored: bool
    ) -> None:
        self._root = root
        self._state = state
        self._rules = rules
        self._want_ignored = want_ignored
        self._children: dict[bytes, list[bytes]] = {}
        for folder in state.folders[1:]:
            above, _, name = folder.rpartition(b"/")
            self._children.setdefault(above, []).append(name)

    def known(self, numbers: Iterable[int]) -> Harvest:
        """Visit folders of the state."""
        with self._chain() as chain:
            visitor = self._visitor(chain)
            for number in numbers:
                visitor.known(number, self._children_of(number))
            return visitor.harvest

    def named(self, paths: Sequence[bytes], *, force: bool) -> tuple[Harvest, list[bytes]]:
        """Visit what is asked for; also the paths that nobody knows."""
        state = self._state
        unknown: list[bytes] = []
        with self._chain() as chain:
            visitor = self._visitor(chain)
            for path in paths:
                folder, _, name = path.rpartition(b"/")
                numbers = state.below(path)
                for number in numbers:
                    visitor.known(number, self._children_of(number))
                # The state may know a path as a file and as a folder: one of them is no more.
                above = state.folder_number(folder) if path else None
                if above is not None and _is_recorded(state, path):
                    visitor.known(above, (name,) if numbers else (), only=(name,))
                elif path and not numbers and not visitor.named(folder, name, force=force):
                    unknown.append(path)
            # A file that took the place of a folder on the way to a path was not asked for.
            harvest = visitor.harvest
            harvest.odd = [odd for odd in harvest.odd if _topmost([*paths, odd]) == paths]
            return harvest, unknown

    def follow(self, harvest: Harvest, workers: Workers | None) -> None:
        """Look at what is left in a harvest: what replaced folders, and new folders."""
        with self._chain() as chain:
            visitor = self._visitor(chain)
            for path in sorted(set(harvest.odd)):
                if self._state.find(path) is None:  # what has a row was compared with it
                    visitor.odd(path)
            queue = deque(sorted({*harvest.folders, *visitor.harvest.folders}))
            visitor.harvest.folders = []
            self._walk(visitor, queue, workers)
        harvest.add(visitor.harvest)
        if queue and workers is not None:
            shares = [list(queue)[n :: workers.count] for n in range(workers.count)]
            for part in workers.gather(self._walked, shares):
                harvest.add(part)

    def _walk(self, visitor: Visitor, queue: deque[bytes], workers: Workers | None) -> None:
        """Visit new folders breadth first, until what is left is worth sharing out."""
        found = visitor.harvest.folders
        while queue:
            if (
                workers is not None
                and workers.count > 1
                and len(visitor.harvest.new) > _WORTH_FORKING
                and len(queue) >= _FOLDERS_EACH * workers.count
            ):
                return
            visitor.unknown(queue.popleft())
            queue += found
            found.clear()

    def _walked(self, folders: Sequence[bytes]) -> Harvest:
        """Visit new folders, and what is in them at once: their neighbours are still open."""
        with self._chain() as chain:
            visitor = self._visitor(chain)
            found = visitor.harvest.folders
            stack = list(folders[::-1])
            while stack:
                visitor.unknown(stack.pop())
                stack += found[::-1]
                found.clear()
            return visitor.harvest

    def _children_of(self, number: int) -> Collection[bytes]:
        return self._children.get(self._state.folders[number], ())

    def _visitor(self, chain: Chain) -> Visitor:
        return Visitor(chain, self._state, self._rules, want_ignored=self._want_ignored)

    def _chain(self) -> Chain:
        try:
            return Chain(self._root)
        except OSError as error:
            raise disk.explain(error, "read", self._root) from error


def _shares(state: State, count: int) -> list[range]:
    """Runs of folders with about the same number of rows."""
    last, rows = len(state.folders), len(state)
    if count == 1 or rows < _WORTH_FORKING:
        return [range(last)]
    cuts = [0]
    for number, start in enumerate(state.starts):
        if start * count >= len(cuts) * rows and len(cuts) < count:
            cuts.append(number)
    return [range(a, b) for a, b in zip(cuts, [*cuts[1:], last], strict=True)]


def _topmost(paths: Iterable[bytes]) -> list[bytes]:
    """Without duplicates, and without paths below others."""
    wanted: list[bytes] = []
    for path in sorted(set(paths), key=folder_key):
        if not wanted or (wanted[-1] and not path.startswith(wanted[-1] + b"/")):
            wanted.append(path)
    return wanted


def _assembled(state: State, harvest: Harvest, unknown: Iterable[bytes] = ()) -> Scan:
    for path in harvest.moved:
        _take_out(state, harvest, path)
    row, path_of = state.columns.row, state.path
    new = sorted(harvest.new, key=lambda found: found[0].replace(b"/", b"\0"))
    return Scan(
        clean=harvest.clean,
        clean_bytes=harvest.clean_bytes,
        known=tuple([Noted(path_of(n), row(n)) for n in harvest.known]),
        suspects=tuple([Suspect(Found._make(found), row(n)) for n, found in harvest.suspects]),
        new=tuple(map(Found._make, new)),
        missing=tuple([Noted(path_of(n), row(n)) for n in harvest.missing]),
        stale=tuple(map(path_of, harvest.stale)),
        skipped=tuple(sorted({Skipped(*one) for one in harvest.skipped})),
        ignored=tuple(sorted(harvest.ignored)),
        leftovers=tuple(sorted(harvest.leftovers)),
        stamps=tuple(map(Stamp._make, harvest.stamps)),
        unknown=tuple(unknown),
    )


def _take_out(state: State, harvest: Harvest, moved: bytes) -> None:
    """Rows of a file or folder that now has another spelling are missing, whatever was found.

    The file system found them all the same, so they are in the harvest under the old spelling.
    """
    rows = _rows_of(state, moved)
    noted = [one for one in harvest.suspects if one[0] in rows]
    odd = {n for n in (*harvest.known, *harvest.missing, *harvest.stale) if n in rows}
    clean = set(rows) - odd - {n for n, _ in noted}
    harvest.clean -= len(clean)
    harvest.clean_bytes -= sum(state.columns.sizes[n] for n in clean)
    below = moved + b"/"
    harvest.suspects = [one for one in harvest.suspects if one[0] not in rows]
    harvest.new = [one for one in harvest.new if not one[0].startswith(below)]
    harvest.known = [n for n in harvest.known if n not in rows]
    harvest.missing = [n for n in harvest.missing if n not in rows]
    harvest.stale = [n for n in harvest.stale if n not in rows]
    for n in rows:
        recorded = state.columns.flags[n] & RECORDED
        (harvest.missing if recorded else harvest.stale).append(n)


def _is_recorded(state: State, path: bytes) -> bool:
    position = state.find(path)
    return position is not None and bool(state.columns.flags[position] & RECORDED)


def _rows_of(state: State, path: bytes) -> range:
    """The rows of a file, or of all files in a folder."""
    numbers = state.below(path)
    if numbers:
        return range(state.starts[numbers.start], state.starts[numbers.stop])
    position = state.find(path)
    return range(0) if position is None else range(position, position + 1)
