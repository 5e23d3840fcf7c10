"""A machine that works in a working tree as people do, beside a model of plain dictionaries.

The model knows the trees of commits, where branches are, and what is on disk. After each step the
status must be the difference between the model's HEAD and the disk, every commit of the model must
read back, and the repository must be sound.
"""

import json
import os
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contentvc.actions.apply import apply
from contentvc.actions.attributes import list_attributes, set_attributes
from contentvc.actions.branches import create_ref, delete_branch, rename_branch
from contentvc.actions.compact import compact
from contentvc.actions.compact_a_little import compact_a_little
from contentvc.actions.merging import in_progress
from contentvc.actions.notes import NOTES, notes_of
from contentvc.actions.noting import set_notes
from contentvc.actions.patches import read_patches
from contentvc.actions.restore import restore
from contentvc.actions.untrack import untrack
from contentvc.changes.files import ChangeKind
from contentvc.errors import Conflict, Declined, Missing
from contentvc.formats.contract import Side
from contentvc.history.names import BRANCH
from contentvc.ids import ObjectId
from contentvc.snapshots.effect import kept_trees
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Link, Program, Site

Files = dict[bytes, bytes]
Kinds = dict[bytes, tuple[type, bytes]]

NAMES = (b"a", b"b", b"\xff\xfe", b"c d")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(b"/".join)
TEXTS = st.sampled_from((b"", b"one\n", b"two\n", b"longer than the others\n", b"\0\xff"))
CONTENTS = st.one_of(
    TEXTS, TEXTS.map(Program), st.sampled_from((b"a", b"nowhere", b"../out")).map(Link)
)
BRANCHES = st.sampled_from(("main", "one", "two"))
IGNORE = b".contentvcignore"


def large(number: int) -> bytes:
    """Content that is cut into chunks, most of which any two of them share."""
    return bytes(range(256)) * 1200 + b"%d" % number


def kinds(files: Files) -> Kinds:
    return {path: (type(content), bytes(content)) for path, content in files.items()}


def above(path: bytes) -> list[bytes]:
    """The folders that a path lies in."""
    parts = path.split(b"/")
    return [b"/".join(parts[:n]) for n in range(1, len(parts))]


def is_in(path: bytes, wanted: tuple[bytes, ...]) -> bool:
    return any(one in (path, *above(path)) for one in wanted)


def put(files: Files, path: bytes, content: bytes) -> Files:
    """With a file at a path; what cannot be beside it is gone."""
    kept = {p: c for p, c in files.items() if path not in above(p) and p not in above(path)}
    return kept | {path: content}


class Model(NamedTuple):
    """What a command may change."""

    branches: dict[str, bytes]
    branch: str
    stashes: dict[int, tuple[Files, Files]]
    disk: Files
    merging: bool = False


MEANWHILE = frozenset({"restore", "abort", "resolve", "conclude", "branch_create"})
"""What can be done while a merge is in progress."""

Rule = Callable[..., None]


def command(act: Rule) -> Rule:
    """A rule whose step is a command: what it changed can be taken back, and nothing is lost."""

    @wraps(act)
    def step(self: "Working", *given: object, **named: object) -> None:
        if self.merging and act.__name__ not in MEANWHILE:
            event("refused in a merge")
            return
        before, sequence = self.model(), self.sequence()
        act(self, *given, **named)
        self.check_nothing_lost(before.disk)
        if self.sequence() != sequence:
            self.done.append((before, self.model()))
            self.undone.clear()

    return step


class Working(RuleBasedStateMachine):
    """Commands and edits in any order."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
        self.folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
        self.site = Site(os.path.join(self.folder, "site"))
        self.disk: Files = {}
        self.trees: dict[bytes, Files] = {}
        self.branches: dict[str, bytes] = {}
        self.branch = "main"
        self.parents: dict[bytes, bytes | None] = {}
        self.stashes: dict[int, tuple[Files, Files]] = {}
        self.done: list[tuple[Model, Model]] = []
        self.undone: list[tuple[Model, Model]] = []
        self.before: Model | None = None
        self.merging = False

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(
        first=st.dictionaries(PATHS, CONTENTS, max_size=4),
        second=st.dictionaries(PATHS, CONTENTS, max_size=4),
    )
    def begin(self, first: Files, second: Files) -> None:
        """Two branches, so that there is somewhere to go from the start."""
        self.site.init()
        for path, content in first.items():
            self.edit(path, content)
        if first:
            self.commit()
            self.switch_create("one")
        for path, content in second.items():
            self.edit(path, content)
        self.commit()

    @property
    def head(self) -> bytes | None:
        return self.branches.get(self.branch)

    @property
    def base(self) -> Files:
        return self.trees[self.head] if self.head else {}

    # Edits

    @rule(path=PATHS, content=CONTENTS)
    def edit(self, path: bytes, content: bytes) -> None:
        self._change_disk(put(self.disk, path, content))

    @rule(number=st.integers(0, 3))
    def edit_large(self, number: int) -> None:
        self._change_disk(put(self.disk, b"large", large(number)))

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        path = self._some(data)
        self._change_disk({p: c for p, c in self.disk.items() if p != path})

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def remove_folder(self, data: st.DataObject) -> None:
        top = self._some(data).split(b"/")[0]
        self._change_disk({p: c for p, c in self.disk.items() if not is_in(p, (top,))})

    @precondition(lambda self: self.disk)
    @rule(data=st.data(), to=PATHS)
    def rename(self, data: st.DataObject, to: bytes) -> None:
        path = self._some(data)
        content = self.disk[path]
        rest = {p: c for p, c in self.disk.items() if p != path}
        self._change_disk(put(rest, to, content))

    @precondition(lambda self: self.disk)
    @rule(data=st.data())
    def chmod(self, data: st.DataObject) -> None:
        path = self._some(data)
        content = self.disk[path]
        if not isinstance(content, Link):
            other = bytes(content) if isinstance(content, Program) else Program(content)
            self._change_disk(self.disk | {path: other})

    # Commands

    @rule()
    @command
    def commit(self) -> None:
        wanted = self._visible()
        if kinds(wanted) == kinds(self.base):
            with pytest.raises(Declined):
                self.site.commit()
        else:
            self._committed(self.site.commit().id, wanted)

    @rule(paths=st.lists(PATHS, min_size=1, max_size=2).map(tuple))
    @command
    def commit_paths(self, paths: tuple[bytes, ...]) -> None:
        paths = tuple(path for path in paths if not set(above(path)) & set(paths))
        chosen = {p: c for p, c in self._visible().items() if is_in(p, paths)}
        recorded = {p for p in self.base if is_in(p, paths)}
        known = all(any(is_in(p, (path,)) for p in (*self.disk, *recorded)) for path in paths)
        wanted = {p: c for p, c in self.base.items() if p not in recorded}
        for path, content in chosen.items():
            wanted = put(wanted, path, content)
        try:
            report = self.site.commit("some", *paths)
        except Missing:
            assert not known
        except Declined:
            assert kinds(wanted) == kinds(self.base)
        else:
            assert kinds(wanted) != kinds(self.base)
            self._committed(report.id, wanted)

    @precondition(lambda self: self.head)
    @rule()
    @command
    def amend(self) -> None:
        assert self.head
        parent = self.parents[self.head]
        self._committed(self.site.commit("again", amend=True).id, self._visible(), parent)

    @precondition(lambda self: self.head)
    @rule(name=BRANCHES)
    @command
    def switch_create(self, name: str) -> None:
        assert self.head
        if name in self.branches:
            with pytest.raises(Conflict):
                self.site.switch(name, create=True)
            return
        self.site.switch(name, create=True)
        self.branches[name] = self.head
        self.branch = name

    @rule(name=BRANCHES, force=st.sampled_from((False, False, True)))
    @command
    def switch(self, name: str, force: bool) -> None:  # noqa: FBT001
        if name not in self.branches and name != self.branch:
            with pytest.raises(Missing):
                self.site.switch(name, force=force)
            return
        new = self.trees[self.branches[name]] if name in self.branches else {}
        lost = self._lost(self.base, new)
        if lost and not force:
            event("a switch was refused")
            with pytest.raises(Conflict):
                self.site.switch(name)
            return
        report = self.site.switch(name, force=force)
        if lost:
            event("a switch overwrote")
            assert report.saved
            assert kinds(self.site.saved()[-1]) == kinds(lost)
        self.disk = self._carried(self.base, new, lost)
        self.branch = name

    @precondition(lambda self: self.base)
    @rule(data=st.data())
    @command
    def restore(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.branches)))
        tree = self.trees[self.branches[source]]
        folders = {folder for path in tree for folder in above(path)}
        if not tree:
            return
        path = data.draw(st.sampled_from(sorted(set(tree) | folders)))
        report = restore(self.site.context(), [path], source)
        wanted = {p: c for p, c in tree.items() if is_in(p, (path,))}
        lost = {
            p: c
            for p, c in self.disk.items()
            if any(p == w or p in above(w) or w in above(p) for w in wanted)
            and kinds({p: c}) != kinds({p: wanted[p]} if p in wanted else {})
        }
        for one, content in wanted.items():
            self.disk = put(self.disk, one, content)
        saved = self.site.saved()[-1] if report.saved else {}
        assert saved.items() <= lost.items()
        recorded = {(type(c), bytes(c)) for tree in self.trees.values() for c in tree.values()}
        for one, content in lost.items():
            assert one in saved or (type(content), bytes(content)) in recorded

    @precondition(lambda self: self.base)
    @rule(data=st.data())
    @command
    def untrack(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.base)))
        if path == IGNORE:
            return
        report = untrack(self.site.context(), [path], None)
        wanted = {p: c for p, c in self.base.items() if p != path}
        if report.ignored:
            lines = b"".join(line + b"\n" for line in report.ignored)
            now = self.disk.get(IGNORE, b"")
            wanted[IGNORE] = self.disk[IGNORE] = type(now)(bytes(now) + lines)
        self._committed(report.id, wanted)

    @precondition(lambda self: self.disk)
    @rule(data=st.data(), content=TEXTS)
    @command
    def apply(self, data: st.DataObject, content: bytes) -> None:
        path = data.draw(st.sampled_from(sorted(self.disk)))
        old = self.disk[path]
        if isinstance(old, Link) or b"\0" in old + content:
            return
        mode = "executable" if isinstance(old, Program) else "file"
        lines = [
            [sign, {"base64": b64encode(line).decode()}]
            for sign, text in (("-", old), ("+", content))
            for line in text.splitlines(keepends=True)
        ]
        name = {"path": "", "path_bytes": b64encode(path).decode()}
        side = {"mode": mode}
        members: list[dict[str, object]] = [
            {"type": "diff", "schema": 1},
            {"type": "file", "format": "text", "old": side, "new": side},
            {"type": "lines", "old_start": 1, "new_start": 1, "lines": lines},
        ]
        changes = "\n".join(json.dumps(one | name) for one in members).encode()
        report = apply(self.site.context(), read_patches(changes, None, None))
        assert [one.path for one in report.files] == [path] * (content != old)
        self.disk[path] = type(old)(content)

    @precondition(lambda self: self.base)
    @rule(data=st.data(), value=st.sampled_from(("1", "2")))
    @command
    def attach(self, data: st.DataObject, value: str) -> None:
        path = data.draw(st.sampled_from(sorted(self.base)))
        before = list_attributes(self.site.context(), "HEAD", [path])
        wanted = (("key", value),)
        if [one.attributes for one in before] == [wanted]:
            with pytest.raises(Declined):
                set_attributes(self.site.context(), [path], wanted, None)
            return
        report = set_attributes(self.site.context(), [path], wanted, None)
        assert [(one.path, one.attributes) for one in report.files] == [(path, wanted)]
        self._committed(report.id, self.base)

    @precondition(lambda self: self.head)
    @rule(value=st.sampled_from(("1", "2")))
    @command
    def note(self, value: str) -> None:
        try:
            set_notes(self.site.context(), "HEAD", (("key", value),))
        except Declined:
            event("a note that was there")
        assert self.head
        repository = self.site.repository()
        assert notes_of(repository, ObjectId(self.head)) == (("key", value),)

    @precondition(lambda self: self.head)
    @rule(name=BRANCHES)
    @command
    def branch_create(self, name: str) -> None:
        if name in self.branches:
            with pytest.raises(Conflict):
                create_ref(self.site.context(), BRANCH, name, "HEAD", force=False)
            return
        create_ref(self.site.context(), BRANCH, name, "HEAD", force=False)
        assert self.head
        self.branches[name] = self.head

    @precondition(lambda self: self.head)
    @rule(name=BRANCHES)
    @command
    def branch_delete(self, name: str) -> None:
        if name not in self.branches:
            with pytest.raises(Missing):
                delete_branch(self.site.context(), name, force=True)
        elif name == self.branch:
            with pytest.raises(Conflict):
                delete_branch(self.site.context(), name, force=True)
        else:
            delete_branch(self.site.context(), name, force=True)
            del self.branches[name]

    @rule(name=BRANCHES)
    @command
    def branch_rename(self, name: str) -> None:
        if name in self.branches:
            with pytest.raises(Conflict):
                rename_branch(self.site.context(), None, name)
            return
        rename_branch(self.site.context(), None, name)
        if self.branch in self.branches:
            self.branches[name] = self.branches.pop(self.branch)
        self.branch = name

    @precondition(lambda self: self.base)
    @rule(name=BRANCHES, force=st.sampled_from((False, True)))
    @command
    def rollback(self, name: str, force: bool) -> None:  # noqa: FBT001
        if name not in self.branches:
            with pytest.raises(Missing):
                self.site.rollback(name)
            return
        new = self.trees[self.branches[name]]
        if self._stored(self.branches[name]) == self._stored(self.head):
            with pytest.raises(Declined):
                self.site.rollback(name)
            return
        lost = self._lost(self.base, new)
        if lost and not force:
            with pytest.raises(Conflict):
                self.site.rollback(name)
            return
        report = self.site.rollback(name, force=force)
        self.disk = self._carried(self.base, new, lost)
        self._committed(report.id, new)

    @rule()
    @command
    def stash(self) -> None:
        visible = self._visible()
        if kinds(visible) == kinds(self.base):
            with pytest.raises(Declined):
                self.site.stash()
            return
        if self._lost(visible, self.base):
            event("a stash was refused")
            with pytest.raises(Conflict):
                self.site.stash()
            return
        entry = self.site.stash()
        self.stashes[entry.number] = (self.base, visible)
        self.disk = self._carried(visible, self.base, {})

    @precondition(lambda self: self.stashes)
    @rule(force=st.sampled_from((False, True)))
    @command
    def pop(self, force: bool) -> None:  # noqa: FBT001
        number = max(self.stashes)
        old, new = self.stashes[number]
        lost = self._lost(old, new)
        if lost and not force:
            self._pop_merging(number)
            return
        event("a pop")
        self.site.pop(force=force)
        del self.stashes[number]
        self.disk = self._carried(old, new, lost)

    def _pop_merging(self, number: int) -> None:
        try:
            popped = self.site.pop()
        except Conflict:
            event("a pop was refused")
            assert kinds(self.site.files()) == kinds(self.disk)
            return
        event("a pop was merged")
        assert popped.is_merged
        del self.stashes[number]
        self.disk = self.site.files()

    @precondition(lambda self: self.head)
    @rule(name=BRANCHES, choice=st.sampled_from(("stop", "stop", "ours", "theirs")))
    @command
    def merge(self, name: str, choice: str) -> None:
        if name in self.branches:
            self._brought(lambda: self.site.merge(name, on_conflict=OnConflict(choice)))

    @precondition(lambda self: self.head)
    @rule(name=BRANCHES, choice=st.sampled_from(("stop", "theirs")))
    @command
    def pick(self, name: str, choice: str) -> None:
        if name in self.branches:
            self._brought(lambda: self.site.pick(name, mainline=1, on_conflict=OnConflict(choice)))

    @precondition(lambda self: self.head)
    @rule(choice=st.sampled_from(("stop", "ours")))
    @command
    def revert(self, choice: str) -> None:
        self._brought(lambda: self.site.revert("HEAD", mainline=1, on_conflict=OnConflict(choice)))

    @precondition(lambda self: self.merging)
    @rule(side=st.sampled_from(list(Side)))
    @command
    def resolve(self, side: Side) -> None:
        if self.site.status().merging.conflicts:
            self.site.resolve(b"", side=side)
            self.disk = self.site.files()

    @precondition(lambda self: self.merging)
    @rule()
    @command
    def conclude(self) -> None:
        try:
            report = self.site.commit(None)
        except (Conflict, Declined):
            event("a merge could not be concluded yet")
            return
        event("a merge was concluded")
        tree = self.site.at(report.id)
        assert kinds(self._visible()).items() <= kinds(tree).items()
        assert kinds(tree).items() <= kinds(self.disk).items()
        self._committed(report.id, tree)
        self.merging = False

    @precondition(lambda self: self.merging)
    @rule()
    @command
    def abort(self) -> None:
        event("a merge was aborted")
        self.site.abort(self.site.status().merging.kind)
        self.disk = self.site.files()
        self.merging = False

    def _brought(self, act: Callable[[], object]) -> None:
        """What a merge makes is told elsewhere; here, that files, HEAD and edits are as it says."""
        try:
            act()
        except Conflict as error:
            event(f"a merge was refused: {error.code}")
            assert kinds(self.site.files()) == kinds(self.disk)
            return
        old = self.base
        head = self.site.context().head
        assert head.commit
        progress = in_progress(self.site.repository(), head)
        self.merging = progress is not None
        tree = self.site.at(head.commit)
        now = tree if progress is None else self.site.in_tree(progress.merged)
        self.disk = self._carried(old, now, {})
        self.trees[head.commit] = tree
        if head.commit != self.head:
            parents = self.site.repository().commit(head.commit).parents
            self.parents.setdefault(head.commit, parents[0] if parents else None)
        self.branches[self.branch] = head.commit

    @rule()
    def undo(self) -> None:
        if not self.done:
            with pytest.raises(Declined):
                self.site.undo()
            return
        self._back(self.done, self.undone, self.site.undo)

    @rule()
    def redo(self) -> None:
        if not self.undone:
            with pytest.raises(Declined):
                self.site.redo()
            return
        self._back(self.undone, self.done, self.site.redo)

    def _back(
        self,
        source: "list[tuple[Model, Model]]",
        target: "list[tuple[Model, Model]]",
        act: Callable[[], object],
    ) -> None:
        """Take a command back; where nobody edited since, everything is exactly as before it."""
        before, after = source[-1]
        disk = self.disk
        try:
            act()
        except Conflict:
            event("an undo was refused")
            assert kinds(self.site.files()) == kinds(disk)
            assert kinds(disk) != kinds(after.disk)
            return
        event("an undo")
        source.pop()
        self.branches, self.branch = dict(before.branches), before.branch
        self.stashes = dict(before.stashes)
        self.merging = before.merging
        self.disk = dict(before.disk)
        if kinds(disk) != kinds(after.disk):
            self.disk = self.site.files()
            self._check_carried(before.disk, after.disk, disk)
        self.check_nothing_lost(disk)
        target.append((after._replace(disk=disk), self.model()))

    def _check_carried(self, before: Files, after: Files, disk: Files) -> None:
        """Edits since are there; elsewhere everything is as before the command."""
        old, new, was, now = map(kinds, (before, after, disk, self.disk))
        for path in old.keys() | new.keys() | was.keys() | now.keys():
            if was.get(path) == new.get(path):
                assert now.get(path) == old.get(path), path
            elif old.get(path) == new.get(path):
                assert now.get(path) == was.get(path), path
            else:
                assert now.get(path) in (was.get(path), old.get(path)), path

    @rule(days=st.sampled_from([0, 30]))
    def compact(self, days: int) -> None:
        compact(self.site.context(), days * 86_400)

    @rule()
    def compact_a_little(self) -> None:
        compact_a_little(self.site.context())

    # What must hold

    @invariant()
    def status_is_the_difference(self) -> None:
        if not os.path.isdir(self.site.root):
            return
        assert kinds(self.site.files()) == kinds(self.disk)
        status = self.site.status()
        told: dict[bytes, ChangeKind] = {}
        for change in status.changes:
            if change.change is ChangeKind.RENAMED:
                assert change.old_path is not None
                told[change.old_path] = ChangeKind.DELETED
                told[change.path] = ChangeKind.ADDED
            else:
                told[change.path] = change.change
        base, now = kinds(self.base), kinds(self._visible())
        assert told.keys() == {p for p in base.keys() | now.keys() if base.get(p) != now.get(p)}
        for path, change in told.items():
            assert change is _change(base.get(path), now.get(path)), path
        assert status.head.ref == f"branch/{self.branch}"

    @invariant()
    def everything_reads_back(self) -> None:
        if not os.path.isdir(self.site.root):
            return
        refs = self.site.refs()
        refs.pop(NOTES, None)
        stashes = {int(name[6:]) for name in refs if name.startswith("stash/")}
        assert stashes == self.stashes.keys()
        for number, (_, tree) in self.stashes.items():
            assert kinds(self.site.at(refs.pop(f"stash/{number}"))) == kinds(tree)
        assert refs == {f"branch/{n}": c for n, c in self.branches.items()}
        for identifier in {self.head, *list(self.trees)[-3:]} - {None}:
            assert identifier
            assert kinds(self.site.at(identifier)) == kinds(self.trees[identifier])
        assert self.site.verify(quick=True).ok

    # The model

    def _some(self, data: st.DataObject) -> bytes:
        return data.draw(st.sampled_from(sorted(self.disk)))

    def _change_disk(self, files: Files) -> None:
        """Make the disk so, touching only what differs."""
        for path, content in self.disk.items():
            if kinds({path: content}).items() - kinds(files).items():
                os.unlink(os.path.join(self.site.root, path))
        self._prune()
        old = kinds(self.disk)
        self.disk = files
        self.site.write({p: c for p, c in files.items() if kinds({p: c}).items() - old.items()})

    def _prune(self) -> None:
        for folder, _, _ in os.walk(self.site.root, topdown=False):
            if folder != self.site.root and b".contentvc" not in folder and not os.listdir(folder):
                os.rmdir(folder)

    def _committed(self, identifier: bytes, tree: Files, *parent: bytes | None) -> None:
        self.parents[identifier] = parent[0] if parent else self.head
        self.trees[identifier] = tree
        self.branches[self.branch] = identifier

    def _stored(self, commit: bytes | None) -> bytes:
        """The root tree of a commit, which tells attributes too."""
        assert commit
        return self.site.repository().commit(ObjectId(commit)).tree

    def _visible(self) -> Files:
        """What is on disk and recorded or not ignored."""
        lines = self.disk.get(IGNORE, b"").splitlines()
        rules = tuple(line.removeprefix(b"/") for line in lines)
        return {p: c for p, c in self.disk.items() if p in self.base or not is_in(p, rules)}

    def _lost(self, base: Files, new: Files) -> Files:
        """What is on disk, neither old nor new, and would be overwritten on the way from `base`."""
        old, after, now = kinds(base), kinds(new), kinds(self.disk)
        differing = {p for p in old.keys() | after.keys() if old.get(p) != after.get(p)}
        coming = differing & after.keys()
        lost = {}
        for path, content in self.disk.items():
            if path in differing:
                if now[path] not in (old.get(path), after.get(path)):
                    lost[path] = content
            elif any(path in above(one) or one in above(path) for one in coming):
                lost[path] = content
        return lost

    def _carried(self, base: Files, new: Files, lost: Files) -> Files:
        """The disk after going from `base` to `new`."""
        old, after = kinds(base), kinds(new)
        disk = {p: c for p, c in self.disk.items() if p not in lost}
        for path in old.keys() | after.keys():
            if old.get(path) != after.get(path):
                disk.pop(path, None)
        for path in after:
            if old.get(path) != after[path]:
                disk[path] = new[path]
        return disk

    def model(self) -> Model:
        return Model(
            dict(self.branches), self.branch, dict(self.stashes), dict(self.disk), self.merging
        )

    def sequence(self) -> int:
        return self.site.repository().view.sequence if os.path.isdir(self.site.root) else 0

    def check_nothing_lost(self, disk: Files) -> None:
        """Each byte that was in the working tree when a command began can be had."""
        known = set(map(bytes, self.site.files().values()))
        wanted = set(map(bytes, disk.values())) - known
        assert not wanted or wanted <= self._kept()

    def _kept(self) -> set[bytes]:
        """The content of every tree that a ref or an operation names."""
        repository = self.site.repository()
        trees = set()
        for logged in repository.log.walk():
            trees.update(kept_trees(logged.operation))
            commits = [change.new for change in logged.operation.refs if change.new]
            trees.update(repository.commit(commit).tree for commit in commits)
        return {bytes(one) for tree in trees for one in self.site.in_tree(tree).values()}


def _change(old: tuple[type, bytes] | None, new: tuple[type, bytes] | None) -> ChangeKind:
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.DELETED
    if (old[0] is Link) != (new[0] is Link):
        return ChangeKind.TYPE_CHANGED
    return ChangeKind.MODE_CHANGED if old[1] == new[1] else ChangeKind.MODIFIED


TestWorking = Working.TestCase
TestWorking.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
