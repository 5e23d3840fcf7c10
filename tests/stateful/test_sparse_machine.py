"""A machine that works in a sparse working tree, beside plain dictionaries and a whole tree.

What a commit records must be the version before with what is on disk: absent files outside of the
sparse set stay as they were. What a merge records must be what it records in a whole working tree.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contentvc.actions.restore import restore
from contentvc.actions.workspaces import add_workspace
from contentvc.errors import Conflict, Declined
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Site

Files = dict[bytes, bytes]

PATHS = st.sampled_from((b"a", b"a/x", b"a/y", b"a/deep/z", b"b/x", b"b/y", b"c", b"d/x"))
TEXTS = st.sampled_from((b"one\n", b"two\n", b"longer than the others\n", b"\0\xff"))
SETS = st.lists(
    st.sampled_from((b"a", b"a/deep", b"a/x", b"b", b"b/y", b"c", b"d")), max_size=3
).map(tuple)
BRANCHES = st.sampled_from(("main", "one", "two"))
BEGUN = {b"a/x": b"one\n", b"a/y": b"two\n", b"a/deep/z": b"z\n", b"b/x": b"one\n", b"c": b"c\n"}


def is_within(path: bytes, above: bytes) -> bool:
    return path == above or path.startswith(above + b"/")


def put(files: Files, path: bytes, content: bytes) -> Files:
    """With a file at a path; what cannot be beside it is gone."""
    kept = {p: c for p, c in files.items() if not is_within(p, path) and not is_within(path, p)}
    return kept | {path: content}


class Seen(NamedTuple):
    """What undo is to bring back."""

    branch: str
    head: Files
    disk: Files
    sparse: tuple[bytes, ...]
    sequence: int


class Sparse(RuleBasedStateMachine):
    """Commands and edits in any order."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
        self.folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
        self.site = Site(os.path.join(self.folder, "site"))
        self.whole = Site(os.path.join(self.folder, "whole"))
        self.disk: Files = {}
        self.base: Files = {}
        self.sparse: tuple[bytes, ...] = ()
        self.stashed: list[tuple[Files, Files]] = []
        self.done: list[tuple[Seen, Seen]] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(sparse=SETS)
    def begin(self, sparse: tuple[bytes, ...]) -> None:
        self.site.init().write(BEGUN)
        self.site.commit()
        self.site.switch("one", create=True)
        self.site.write({b"a/y": b"longer than the others\n", b"b/y": b"new\n"}).remove(b"c")
        self.site.commit()
        self.site.switch("main")
        add_workspace(self.site.context(), self.whole.root, "HEAD")
        self.disk, self.base = dict(BEGUN), dict(BEGUN)
        self.set_sparse(sparse)

    def covers(self, path: bytes) -> bool:
        return not self.sparse or any(is_within(path, one) for one in self.sparse)

    def expected(self) -> Files:
        """What a commit records now."""
        absent = {p: c for p, c in self.base.items() if p not in self.disk and not self.covers(p)}
        return absent | self.disk

    def displaces(self) -> bool:
        """Whether a file is where recorded ones are that are not here."""
        absent = [p for p in self.base if p not in self.disk and not self.covers(p)]
        return any(is_within(p, one) or is_within(one, p) for p in absent for one in self.disk)

    @property
    def branch(self) -> str:
        ref = self.site.context().head.ref
        assert ref is not None
        return ref.removeprefix("branch/")

    # Edits

    @rule(path=PATHS, content=TEXTS)
    def edit(self, path: bytes, content: bytes) -> None:
        self._change(put(self.disk, path, content))

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.disk)))
        self._change({p: c for p, c in self.disk.items() if p != path})

    def _change(self, files: Files) -> None:
        gone = [p for p in self.disk if self.disk[p] != files.get(p)]
        self.site.remove(*gone)
        for folder, _, _ in os.walk(self.site.root, topdown=False):
            if folder != self.site.root and b".contentvc" not in folder and not os.listdir(folder):
                os.rmdir(folder)
        self.site.write({p: c for p, c in files.items() if self.disk.get(p) != c})
        self.disk = files

    # Commands

    @rule(paths=SETS)
    def set_sparse(self, paths: tuple[bytes, ...]) -> None:
        before = self.sparse
        edited = {p for p in self._told() if p in self.base}
        try:
            report = self.site.sparse(*paths)
        except Conflict:
            event("a sparse set was refused")
            assert self.site.files() == self.disk
            return
        self.sparse = report.paths
        new = self.sparse

        def was(path: bytes) -> bool:
            return not before or any(is_within(path, one) for one in before)

        for path, content in self.base.items():
            if not self.covers(path):
                if path in edited:
                    assert not was(path), "an uncommitted change was left out"
                else:
                    self.disk.pop(path, None)
            elif not was(path) and path not in self.disk:
                self.disk[path] = content
        assert new == self.site.context().place.sparse

    @rule()
    def commit(self) -> None:
        wanted, displaces = self.expected(), self.displaces()
        before = self._seen()
        try:
            report = self.site.commit()
        except Declined:
            assert wanted == self.base
            return
        except Conflict as error:
            event("a commit was refused")
            refused = error.code
        else:
            refused = ""
        assert displaces == (refused == "not-covered"), refused
        if refused:
            return
        assert self.site.at(report.id) == wanted
        self.base = wanted
        self._did(before)

    @rule(name=BRANCHES, force=st.booleans())
    def switch(self, name: str, force: bool) -> None:  # noqa: FBT001
        self._moved(lambda: self.site.switch(name, force=force), name, force=force)

    @rule(name=BRANCHES)
    def create(self, name: str) -> None:
        if f"branch/{name}" not in self.site.refs():
            before = self._seen()
            self.site.switch(name, create=True)
            self._did(before)

    @rule(name=BRANCHES, force=st.booleans())
    def rollback(self, name: str, force: bool) -> None:  # noqa: FBT001
        self._moved(lambda: self.site.rollback(name, force=force), name, force=force)

    def _moved(self, act: Callable[[], object], name: str, *, force: bool) -> None:
        if f"branch/{name}" not in self.site.refs():
            return
        new, before = self.site.at(name), self._seen()
        try:
            act()
        except Declined:
            assert new == self.base
            return
        except Conflict as error:
            event("a move was refused")
            event(error.code)
            refused = True
        else:
            refused = False
        if refused:
            assert self.site.files() == self.disk
            return
        assert self.site.at("HEAD") == new
        now = self.site.files()
        for path in {*self.base, *new, *self.disk, *now}:
            was, old, after = self.disk.get(path), self.base.get(path), new.get(path)
            if not self.covers(path) and was is None:
                assert now.get(path) is None, path
            elif was == old or old != after:
                assert force or now.get(path) == (after if old != after else was), path
            elif not force:
                assert now.get(path) == was, path
        self.base, self.disk = new, now
        self._did(before)

    @rule(name=BRANCHES)
    def merge(self, name: str) -> None:
        if f"branch/{name}" not in self.site.refs():
            return
        before = self._seen()
        self.whole.switch(self.branch, detach=True, discard=True)
        choice = OnConflict.THEIRS
        try:
            self.site.merge(name, on_conflict=choice)
        except Conflict as error:
            event(f"a merge was refused: {error.code}")
            assert self.site.files() == self.disk
            return
        now, merged = self.site.files(), self.site.at("HEAD")
        self.whole.merge(name, on_conflict=choice)
        assert merged == self.whole.at("HEAD")
        for path in {*self.base, *merged, *now}:
            if not self.covers(path) and path not in self.disk:
                assert path not in now, path
            elif self.base.get(path) != merged.get(path):
                assert now.get(path) == merged.get(path), path
        event("a merge")
        self.base, self.disk = merged, now
        self._did(before)

    @precondition(lambda self: self.base)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.base)))
        before = self._seen()
        restore(self.site.context(), [path], None)
        self.disk = put(self.disk, path, self.base[path])
        assert self.site.files() == self.disk
        self._did(before)

    @rule()
    def stash(self) -> None:
        wanted, before = self.expected(), self._seen()
        try:
            entry = self.site.stash()
        except Declined:
            assert wanted == self.base
            return
        except Conflict:
            assert self.site.files() == self.disk
            return
        assert self.site.at(entry.id) == wanted
        self.stashed.append((self.base, self.disk))
        self.disk = self.site.files()
        assert self.expected() == self.base
        self._did(before, stashes=True)

    @precondition(lambda self: self.stashed)
    @rule()
    def pop(self) -> None:
        base, disk = self.stashed[-1]
        is_as_it_was = base == self.base and self.expected() == self.base
        try:
            self.site.pop(on_conflict=OnConflict.THEIRS)
        except Conflict:
            assert self.site.files() == self.disk
            return
        event("a pop")
        self.stashed.pop()
        self.disk = self.site.files()
        if is_as_it_was:
            changed = {p: c for p, c in disk.items() if base.get(p) != c}
            assert changed.items() <= self.disk.items()
        self.done.clear()

    @precondition(lambda self: self.done)
    @rule()
    def undo_and_redo(self) -> None:
        """With nothing in between everything is exactly as before, and then as after."""
        before, after = self.done[-1]
        if after[:4] != self._seen()[:4]:
            return
        event("an undo")
        self.site.undo()
        assert self.site.files() == before.disk
        assert self.site.at("HEAD") == before.head
        assert self.branch == before.branch
        self.site.redo()
        assert self.site.files() == after.disk
        assert self.site.at("HEAD") == after.head

    # What must hold

    @invariant()
    def status_is_the_difference(self) -> None:
        if not os.path.isdir(self.site.root):
            return
        assert self.site.files() == self.disk
        assert self.site.at("HEAD") == self.base
        assert set(self._told()) == {
            p
            for p in self.base.keys() | self.disk.keys()
            if self.base.get(p) != self.disk.get(p) and (p in self.disk or self.covers(p))
        }

    def _told(self) -> set[bytes]:
        changes = self.site.status().changes
        return {p for one in changes for p in (one.path, one.old_path or one.path)}

    def _seen(self) -> Seen:
        context = self.site.context()
        sequence = context.repository.view.workspaces[context.workspace].sequence
        return Seen(self.branch, dict(self.base), dict(self.disk), self.sparse, sequence)

    def _did(self, before: Seen, *, stashes: bool = False) -> None:
        after = self._seen()
        if after.sequence != before.sequence:
            self.done.append((before, after))
        if stashes:
            self.done.clear()


TestSparse = Sparse.TestCase
TestSparse.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
