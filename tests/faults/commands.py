"""Every command that changes something, on one scene, and what must hold however it ends."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from contentvc import limits
from contentvc.actions.apply import apply
from contentvc.actions.attributes import set_attributes, unset_attributes
from contentvc.actions.branches import create_ref, delete_branch, delete_tag, rename_branch
from contentvc.actions.compact import compact
from contentvc.actions.compact_a_little import compact_a_little
from contentvc.actions.evict import EvictRequest, evict
from contentvc.actions.noting import set_notes, unset_notes
from contentvc.actions.patches import read_patches
from contentvc.actions.restore import restore
from contentvc.actions.stashes import drop_stash
from contentvc.actions.untrack import untrack
from contentvc.formats.contract import Side
from contentvc.formats.items import Piece
from contentvc.history.graph import ancestors
from contentvc.history.names import BRANCH, TAG
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.merging import MergeKind
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Link, Program, Site
from tests.faults.seam import PowerLoss

__all__ = [
    "COMMANDS",
    "FIRST",
    "NOT_TAKEN_BACK",
    "SECOND",
    "Command",
    "Seen",
    "check_goes_on",
    "check_nothing_lost",
    "check_same_files",
    "clock",
    "folder",
    "prepared",
    "seen",
    "site_in",
]

FIRST = {
    b"a": b"first a\n",
    b"keep": b"the same in both\n",
    b"d/b": b"first b\n",
    b"d/e/f": b"first f\n",
    b"gone/deep/x": b"only in the first\n",
    b"link": Link(b"keep"),
    b"program": Program(b"#!/bin/sh\n"),
    b"plain": b"becomes a program\n",
    b"file": b"becomes a link\n",
    b"back": Link(b"a"),
}
SECOND = {
    b"a": b"second a, which is longer\n",
    b"keep": b"the same in both\n",
    b"d": b"a folder became a file\n",
    b"link/in": b"a link became a folder\n",
    b"program": b"#!/bin/sh\n",
    b"plain": Program(b"becomes a program\n"),
    b"file": Link(b"keep"),
    b"back": b"a link became a file\n",
    b"new/deep/y": b"only in the second\n",
    b"twin": b"the same in both\n",
}
LOOSE = {
    b"notes": b"never recorded\n",
    b"keep": b"changed, not committed\n",
    b"new/mine": b"mine, where a folder comes\n",
}
CHANGES = b"""\
{"type": "diff", "schema": 1, "from": null, "to": null}
{"type": "file", "path": "keep", "old": {"mode": "file"}, "new": {"mode": "executable"}}
{"type": "lines", "path": "keep", "old_start": 1, "new_start": 1, "lines": [\
["-", "changed, not committed\\n"], ["+", "changed once more\\n"]]}
{"type": "file", "path": "d/b", "old": {"mode": "file"}, "new": null}
{"type": "file", "path": "d/c", "old": null, "new": {"mode": "file"}}
{"type": "lines", "path": "d/c", "old_start": 1, "new_start": 1, "lines": [["+", "new\\n"]]}
{"type": "file", "path": "to/here", "old_path": "a", "old": {"mode": "file"}, \
"new": {"mode": "file"}}
"""
"""What can be applied to the scene: an edit, a deletion, a new file and a rename."""
COLLIDING = {
    b"a": b"changed where the other branch differs\n",
    b"new/deep/y": b"never recorded and in the way\n",
    b"gone/deep/x": b"changed where it is to be removed\n",
}


def clock() -> int:
    return 1_800_000_000_000_000


def site_in(folder: str) -> Site:
    return Site(os.path.join(folder, "site"), clock=clock)


def prepared(folder: str) -> Site:
    """Two branches, on the first of them, with changes that nobody recorded."""
    site = site_in(folder).init().write(FIRST)
    site.commit("first")
    site.switch("other", create=True)
    _replace(site, FIRST, SECOND)
    site.commit("second")
    site.switch("main")
    return site.write(LOOSE)


def _replace(site: Site, old: Mapping[bytes, bytes], new: Mapping[bytes, bytes]) -> None:
    site.remove(*old)
    for path in sorted(old, key=len, reverse=True):
        folder = os.path.dirname(os.path.join(site.root, path))
        while folder != site.root and os.path.isdir(folder) and not os.listdir(folder):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    site.write(new)


class Command(NamedTuple):
    run: Callable[[Site], Any]
    prepare: Callable[[Site], Any] = lambda _: None


def _orphan(site: Site) -> None:
    """Content that an operation added and that nothing leads to."""
    context = site.context()
    with context.repository.writing() as writing:
        writing.put_blob(b"nothing leads here\n")
        context.repository.append(replace(context.draft("odd"), added=writing.finish()))


def _pile_up(site: Site) -> None:
    for number in range(limits.COMPACT_RUNS):
        site.write({b"keep": b"changed again, not committed: %d\n" % number})
        site.commit(f"one of many, {number}", b"keep")
    site.write(LOOSE)


def _untrack(site: Site) -> None:
    untrack(site.context(), [b"d/b"], None)


def _restore(*paths: bytes, source: str | None = None) -> Callable[[Site], Any]:
    return lambda site: restore(site.context(), paths, source)


def _diverged(site: Site) -> None:
    """On main with a commit of its own, beside a branch third with two, without conflicts."""
    site.stash()
    site.switch("third", create=True)
    site.write({b"d/b": b"third b\n", b"third/new": b"only in the third\n"}).commit("third")
    site.write({b"third/new": b"once more\n"}).remove(b"gone/deep/x").commit("third again")
    site.switch("main")
    site.write({b"d/e/f": b"main f\n", b"program": b"no program any more\n"}).commit("main")
    site.write({b"plain": b"edited\n"}).commit("main again")
    site.pop()


def _conflicting(site: Site) -> None:
    """The same, but both changed the file a, and what was deleted there is changed here."""
    site.stash()
    site.switch("third", create=True)
    site.write({b"d/b": b"third b\n", b"third/new": b"only in the third\n"}).commit("third")
    site.write({b"a": b"third a\n"}).remove(b"gone/deep/x").commit("third again")
    site.switch("main")
    site.write({b"a": b"main a\n", b"gone/deep/x": b"changed here\n"}).commit("main")
    site.pop()


def _stopped(site: Site) -> None:
    _conflicting(site)
    site.merge("third")


def _records(*answers: str) -> bytes:
    rows = enumerate(answers, 1)
    return b"".join(b'{"id": %d, "answer": "%s"}\n' % (n, one.encode()) for n, one in rows)


def _stopped_at_records(site: Site) -> None:
    """A merge stopped at two records of one file, as nobody declared their key."""
    site.stash()
    site.write({b"cases.jsonl": _records("a", "b", "c")}).commit("cases")
    site.switch("third", create=True)
    site.write({b"cases.jsonl": _records("third", "third", "c")}).commit("third")
    site.switch("main")
    site.write({b"cases.jsonl": _records("main", "main", "c")}).commit("main")
    site.pop()
    site.merge("third")


def _shared(site: Site) -> None:
    """A folder beside the working tree, which has the first branch."""
    site.add_remote("origin", os.fsdecode(site.root) + "-shared")
    site.push()


def _to_push(site: Site) -> None:
    _shared(site)
    site.write({b"keep": b"pushed\n"}).commit("to push", b"keep")
    set_notes(site.context(), "HEAD", (("score", "1"),))


def _to_fetch(site: Site) -> None:
    """What another name of the same folder has is new."""
    _to_push(site)
    site.push()
    site.add_remote("other", os.fsdecode(site.root) + "-shared")


def _sparse(site: Site) -> None:
    """Only some files are here; what nobody recorded stays, outside of them too."""
    site.sparse(b"a", b"d", b"keep", b"link", b"new")


def _sparse_stopped(site: Site) -> None:
    """A merge in a sparse working tree whose conflicts are outside of it."""
    _conflicting(site)
    site.sparse(b"d", b"keep")
    site.merge("third")


def _evictable(site: Site) -> None:
    """A large file and its next version are in the shared folder, and gone from the branch."""
    large = bytes(range(256)) * 1500
    site.write({b"large": large}).commit("large", b"large")
    site.write({b"large": large + b"more"}).commit("larger", b"large")
    site.remove(b"large").commit("none", b"large")
    _shared(site)


COMMANDS = {
    "commit": Command(lambda site: site.commit("third")),
    "commit-large": Command(
        lambda site: site.commit("third"),
        lambda site: site.write({b"large": os.urandom(400_000)}),
    ),
    "commit-declared": Command(
        lambda site: site.commit("third"),
        lambda site: site.write(
            {
                b"contentvc.toml": b'[sets.a]\npaths = ["sets/*"]\nschema = "s.json"\nkey = "id"\n',
                b"s.json": b'{"required": ["id"]}',
                b"sets/1.jsonl": b'{"id": 1}\n',
                b"b.jsonl": b"{\n",
            }
        ),
    ),
    "commit-paths": Command(lambda site: site.commit("third", b"keep", b"new")),
    "amend": Command(lambda site: site.commit("first, again", amend=True)),
    "switch": Command(lambda site: site.switch("other")),
    "switch-back": Command(lambda site: site.switch("main"), lambda site: site.switch("other")),
    "switch-detach": Command(lambda site: site.switch("other", detach=True)),
    "switch-create": Command(lambda site: site.switch("third", create=True)),
    "switch-create-from": Command(lambda site: site.switch("third", create=True, start="other")),
    "switch-force": Command(
        lambda site: site.switch("other", force=True), lambda site: site.write(COLLIDING)
    ),
    "restore": Command(
        _restore(b"a", b"gone", source="HEAD"),
        lambda site: site.write(COLLIDING),
    ),
    "restore-source": Command(
        _restore(b"a", b"new", source="other"),
        lambda site: site.write(COLLIDING),
    ),
    "untrack": Command(_untrack),
    "rollback": Command(lambda site: site.rollback("other"), lambda site: site.remove(b"new/mine")),
    "rollback-paths": Command(lambda site: site.rollback("other", b"d", b"a")),
    "rollback-force": Command(
        lambda site: site.rollback("other", force=True), lambda site: site.write(COLLIDING)
    ),
    "stash": Command(lambda site: site.stash()),
    "stash-deletions": Command(
        lambda site: site.stash(), lambda site: site.remove(b"gone/deep/x", b"d/e/f", b"link")
    ),
    "stash-pop": Command(lambda site: site.pop(), lambda site: site.stash()),
    "stash-pop-force": Command(
        lambda site: site.pop(force=True),
        lambda site: (site.stash(), site.write(LOOSE | {b"notes": b"others\n"})),
    ),
    "stash-drop": Command(lambda site: drop_stash(site.context(), None), lambda site: site.stash()),
    "undo-commit": Command(lambda site: site.undo(), lambda site: site.commit("third")),
    "undo-switch": Command(lambda site: site.undo(), lambda site: site.switch("other")),
    "undo-switch-force": Command(
        lambda site: site.undo(),
        lambda site: (site.write(COLLIDING), site.switch("other", force=True)),
    ),
    "undo-restore": Command(
        lambda site: site.undo(),
        lambda site: (site.write(COLLIDING), _restore(b"a", b"gone", source="HEAD")(site)),
    ),
    "undo-force": Command(
        lambda site: site.undo(force=True),
        lambda site: (site.switch("other"), site.write({b"a": b"edited since\n"})),
    ),
    "undo-stash": Command(lambda site: site.undo(), lambda site: site.stash()),
    "redo-switch-force": Command(
        lambda site: site.redo(),
        lambda site: (site.write(COLLIDING), site.switch("other", force=True), site.undo()),
    ),
    "redo-commit": Command(
        lambda site: site.redo(), lambda site: (site.commit("third"), site.undo())
    ),
    "merge": Command(lambda site: site.merge("third"), _diverged),
    "merge-forward": Command(
        lambda site: site.merge("other"), lambda site: site.remove(b"new/mine")
    ),
    "merge-stopped": Command(lambda site: site.merge("third"), _conflicting),
    "merge-stopped-force": Command(
        lambda site: site.merge("third", force=True),
        lambda site: (_conflicting(site), site.write({b"a": b"not recorded\n"})),
    ),
    "resolve": Command(lambda site: site.resolve(b"a", force=True), _stopped),
    "resolve-side": Command(
        lambda site: site.resolve(b"", side=Side.THEIRS),
        lambda site: (_stopped(site), site.write({b"a": b"half a thought\n"})),
    ),
    "resolve-item": Command(
        lambda site: site.resolve_items(b"cases.jsonl", "1", side=Side.THEIRS), _stopped_at_records
    ),
    "resolve-item-edited": Command(
        lambda site: site.resolve_items(b"cases.jsonl", "1/answer", value=Piece("mine")),
        lambda site: (
            _stopped_at_records(site),
            site.write({b"cases.jsonl": _records("main", "half", "a thought")}),
        ),
    ),
    "merge-abort": Command(
        lambda site: site.abort(),
        lambda site: (_stopped(site), site.write({b"a": b"half a thought\n"})),
    ),
    "merge-concluded": Command(
        lambda site: site.commit(None),
        lambda site: (_stopped(site), site.resolve(b"", side=Side.THEIRS)),
    ),
    "cherry-pick": Command(lambda site: site.pick("main..third"), _diverged),
    "cherry-pick-stopped": Command(lambda site: site.pick("main..third"), _conflicting),
    "cherry-pick-skip": Command(
        lambda site: site.go_on(skip=True),
        lambda site: (_conflicting(site), site.pick("main..third")),
    ),
    "cherry-pick-abort": Command(
        lambda site: site.abort(MergeKind.CHERRY_PICK),
        lambda site: (_conflicting(site), site.pick("main..third")),
    ),
    "revert": Command(lambda site: site.revert("HEAD~1"), _diverged),
    "stash-pop-merged": Command(
        lambda site: site.pop(on_conflict=OnConflict.THEIRS),
        lambda site: (site.stash(), site.write({b"keep": b"changed since\n"})),
    ),
    "stash-pop-stopped": Command(
        lambda site: site.pop(on_conflict=OnConflict.STOP),
        lambda site: (site.stash(), site.write({b"keep": b"changed since\n"})),
    ),
    "branch": Command(
        lambda site: create_ref(site.context(), BRANCH, "third", "HEAD", force=False)
    ),
    "branch-rename": Command(lambda site: rename_branch(site.context(), None, "trunk")),
    "branch-delete": Command(lambda site: delete_branch(site.context(), "other", force=True)),
    "tag": Command(lambda site: create_ref(site.context(), TAG, "v1", "HEAD", force=False)),
    "tag-delete": Command(
        lambda site: delete_tag(site.context(), "v1"),
        lambda site: create_ref(site.context(), TAG, "v1", "HEAD", force=False),
    ),
    "apply": Command(lambda site: apply(site.context(), read_patches(CHANGES, None, None))),
    "attr-set": Command(
        lambda site: set_attributes(site.context(), [b"d", b"keep"], (("license", "MIT"),), None)
    ),
    "attr-unset": Command(
        lambda site: unset_attributes(site.context(), [b""], ["license"], None),
        lambda site: set_attributes(site.context(), [b"a"], (("license", "MIT"),), None),
    ),
    "note": Command(lambda site: set_notes(site.context(), "HEAD", (("score", "1"),))),
    "note-gone": Command(
        lambda site: unset_notes(site.context(), "HEAD", ["score"]),
        lambda site: set_notes(site.context(), "HEAD", (("score", "1"),)),
    ),
    "push": Command(lambda site: site.push(), _to_push),
    "fetch": Command(lambda site: site.fetch("other"), _to_fetch),
    "sync": Command(lambda site: site.sync(), _to_push),
    "sparse-switch": Command(lambda site: site.switch("other"), _sparse),
    "sparse-switch-force": Command(
        lambda site: site.switch("other", force=True),
        lambda site: (_sparse(site), site.write(COLLIDING)),
    ),
    "undo-sparse": Command(
        lambda site: site.undo(),
        lambda site: (
            _sparse(site),
            site.write(COLLIDING),
            site.switch("other", force=True),
            site.remove(b"new/deep/y"),
        ),
    ),
    "sparse-restore": Command(_restore(b"program", b"gone"), _sparse),
    "sparse-merge-stopped": Command(
        lambda site: site.merge("third"),
        lambda site: (_conflicting(site), site.sparse(b"d", b"keep")),
    ),
    "sparse-merge-concluded": Command(
        lambda site: site.commit(None),
        lambda site: (_sparse_stopped(site), site.resolve(b"", side=Side.THEIRS)),
    ),
    "sparse-stash-pop": Command(
        lambda site: site.pop(),
        lambda site: (
            _sparse(site),
            site.write(COLLIDING),
            site.stash(),
            site.remove(b"gone/deep/x"),
        ),
    ),
    "evict": Command(lambda site: evict(site.context(), EvictRequest()), _evictable),
    "compact": Command(lambda site: compact(site.context())),
    "compact-drop": Command(lambda site: compact(site.context()), _orphan),
    "compact-a-little": Command(lambda site: compact_a_little(site.context()), _pile_up),
}
NOT_TAKEN_BACK = {"evict", "compact", "compact-drop", "compact-a-little", "push", "fetch", "sync"}
"""Commands that change nothing that anybody sees, or what is not this repository's alone."""


class Seen(NamedTuple):
    refs: object
    head: object
    files: dict[bytes, tuple[type, bytes]]


def seen(site: Site) -> Seen:
    return Seen(site.refs(), site.context().head, site.kinds(site.files()))


@pytest.fixture
def folder() -> Iterator[str]:
    """In memory where there is such a place: what a power failure leaves is acted out anyway."""
    memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
    parent = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=parent) as made:
        yield made


def check_same_files(
    now: dict[bytes, tuple[type, bytes]],
    wanted: dict[bytes, tuple[type, bytes]],
    power: PowerLoss | None,
) -> None:
    for path in now.keys() | wanted.keys():
        here = now.get(path)
        if here != wanted.get(path):
            # What the system had not written to the disk yet is in the repository.
            assert power is not None, (path, here, wanted.get(path))
            assert _is_torn(here, wanted.get(path), power), (path, here, wanted.get(path))


def _is_torn(
    here: tuple[type, bytes] | None, wanted: tuple[type, bytes] | None, power: PowerLoss
) -> bool:
    """Whether this is what a power failure leaves of a file that was never synced."""
    if here is None or wanted is None:
        return power.folders == "undone"
    return power.content != "kept" and wanted[1].startswith(here[1].rstrip(b"\0"))


def check_nothing_lost(site: Site, old: Seen) -> None:
    repository = site.repository()
    known = set(site.files().values())
    heads = [ref.id for ref in repository.view.refs.values()]
    for logged in repository.log.walk():
        heads += [move.old for move in logged.operation.refs if move.old]
    for commit in ancestors(heads, repository.commit):
        known |= set(site.at(commit).values())
    for logged in repository.log.walk():
        for tree in kept_trees(logged.operation):
            known |= set(site.in_tree(tree).values())
    lost = {path for path, (_, content) in old.files.items() if content not in known}
    assert not lost


def check_goes_on(site: Site) -> None:
    """The next commit records what is there, and nothing that a crash left behind."""
    if (merging := site.status().merging) is not None:
        if merging.conflicts:
            site.resolve(b"", force=True)
        while site.status().merging is not None:
            site.commit("concludes", allow_empty=True)
            if site.status().merging is not None:
                site.abort(site.status().merging.kind)
    before = site.at("HEAD") if site.context().head.commit else {}
    site.commit("after the crash", allow_empty=True)
    ignored = {path for path in site.files() if path not in site.at("HEAD")}
    cover, here = site.context().cover, site.files()
    recorded = {p: one for p, one in site.at("HEAD").items() if p in here or cover.covers(p)}
    outside = {path for path in before if path not in here and not cover.covers(path)}
    assert outside <= site.at("HEAD").keys()
    assert site.kinds(recorded) == {
        path: content for path, content in site.kinds(site.files()).items() if path not in ignored
    }
    assert ignored <= {b"d/b"}
    assert site.status().clean
    verdict = site.verify()
    assert verdict.ok, verdict.problems
