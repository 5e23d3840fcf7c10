"""Merges of whole histories, stored: criss-cross ones have a merged base, as in git."""

import os
from dataclasses import replace

import pytest

from contentvc.actions.combine import Sides, base_tree, combine
from contentvc.actions.fresh import FreshTrees
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import diff_trees, list_files
from contentvc.formats.contract import Labels
from contentvc.history.graph import merge_bases
from contentvc.ids import blob_id
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Mode
from tests.actions.site import ACTOR, Site
from tests.changes import histories
from tests.changes.histories import Invention, git_merges

LABELS = Labels("base", "ours", "theirs")


class Scene:
    """A repository with a session in which commits are made without a working tree."""

    def __init__(self, root):
        self.context = Site(root).init().context()
        self.writing = self.context.repository.writing()
        self.fresh = FreshTrees(self.context.repository, self.writing)

    def commit(self, number, parents, files):
        edits = {}
        for path, (mode, content) in files.items():
            identifier, size = self.writing.put_stream(iter([content]))
            edits[path] = FileEdit(mode, size, identifier)
        tree, _ = edit_tree(self.fresh.entries, None, edits, self.fresh.put)
        commit = Commit(tree, tuple(parents), ACTOR, number * 1_000_000, 0, f"c{number}")
        return self.writing.put_commit(encode_commit(commit))

    def record(self):
        """End the session: what was made is in the repository; another one begins."""
        repository = self.context.repository
        draft = replace(self.context.draft("test"), added=self.writing.finish())
        self.writing.publish()
        repository.append(draft)
        self.writing = repository.writing()
        self.fresh = FreshTrees(repository, self.writing)

    def tree(self, commit):
        return self.context.repository.commit(commit).tree

    def merge(self, ours, theirs, labels=LABELS, favour=None):
        base = base_tree(self.context, self.fresh, self.writing, ours, theirs)
        sides = Sides(base, self.tree(ours), self.tree(theirs), labels)
        return combine(self.context, self.fresh, self.writing, sides, favour)

    def files(self, tree):
        return {
            path: (entry.mode, self.fresh.blob(entry.id))
            for path, entry in list_files(self.fresh.entries, tree)
        }


def crossed(number, invention):
    """Two lines that merged each other twice over, at the same time."""
    base = invention.start()
    sides = [invention.step(base, 3), invention.step(base, 3)]
    commits = [histories.Commit(number, (), base)]
    commits += [histories.Commit(number + 1 + k, (number,), side) for k, side in enumerate(sides)]
    tips = [number + 1, number + 2]
    for level in (3, 5):
        merged = dict(sides[0]) if level == 5 else {**sides[1], **sides[0]}
        kept = histories.without_clashes(merged)
        sides = [invention.step(kept, 2), invention.step(kept, 2)]
        parents = [(tips[0], tips[1]), (tips[1], tips[0])]
        tips = [number + level, number + level + 1]
        commits += [
            histories.Commit(tip, pair, side)
            for tip, pair, side in zip(tips, parents, sides, strict=True)
        ]
    return commits


def conflicts_of(git):
    return {kind for kind in git.kinds if kind.startswith("CONFLICT")}


@pytest.mark.parametrize("seed", [5, 6])
def test_criss_cross_histories_merge_as_git_merges_them(tmp_path, seed):
    invention = Invention(seed)
    stories = [crossed(number, invention) for number in range(1, 400, 8)]
    pairs = [(story[-2].number, story[-1].number) for story in stories]
    os.mkdir(tmp_path / "git")
    answers = git_merges(tmp_path / "git", [one for story in stories for one in story], pairs)
    scene = Scene(tmp_path / "ours")
    ids = {}
    for one in (one for story in stories for one in story):
        ids[one.number] = scene.commit(one.number, [ids[k] for k in one.parents], one.files)
    scene.record()
    clean = 0
    for (ours, theirs), git in zip(pairs, answers, strict=True):
        combined = scene.merge(ids[ours], ids[theirs], histories.labels_of(ours, theirs))
        root = scene.tree(ids[ours])
        assert combined.changes == list(diff_trees(scene.fresh.entries, root, combined.tree))
        if git.is_clean:
            assert not combined.conflicts
            assert scene.files(combined.tree) == git.files
            clean += 1
        else:
            assert combined.conflicts or conflicts_of(git) <= histories.TOLERATED
    assert 5 < clean < len(stories)


def test_criss_cross_histories_have_several_bases(tmp_path):
    scene = Scene(tmp_path)
    base = {b"a": (Mode.FILE, b"".join(b"line %d\n" % k for k in range(9)))}
    left = {b"a": (Mode.FILE, base[b"a"][1].replace(b"line 2", b"left 2"))}
    right = {b"a": (Mode.FILE, base[b"a"][1].replace(b"line 2", b"right 2"))}
    both = {b"a": (Mode.FILE, base[b"a"][1].replace(b"line 2", b"both 2"))}
    root = scene.commit(1, [], base)
    ours, theirs = scene.commit(2, [root], left), scene.commit(3, [root], right)
    one = scene.commit(4, [ours, theirs], both)
    more = {b"a": (Mode.FILE, both[b"a"][1].replace(b"line 7", b"seventh"))}
    other = scene.commit(5, [theirs, ours], more)
    scene.record()
    assert len(merge_bases(one, other, scene.context.repository.commit)) == 2
    base_of = base_tree(scene.context, scene.fresh, scene.writing, one, other)
    content = scene.files(base_of)[b"a"][1]
    assert b"<<<<<<<<< " in content
    combined = scene.merge(one, other)
    assert not combined.conflicts
    assert scene.files(combined.tree) == more


def test_histories_that_share_nothing_have_no_base(tmp_path):
    scene = Scene(tmp_path)
    ours = scene.commit(1, [], {b"a": (Mode.FILE, b"a\n")})
    theirs = scene.commit(2, [], {b"b": (Mode.FILE, b"b\n")})
    scene.record()
    assert base_tree(scene.context, scene.fresh, scene.writing, ours, theirs) is None
    assert set(scene.files(scene.merge(ours, theirs).tree)) == {b"a", b"b"}


@pytest.mark.parametrize("lines", [20, 20_000])
def test_what_a_merge_made_is_stored(tmp_path, lines):
    scene = Scene(tmp_path)
    text = b"".join(b"line %d of a text\n" % k for k in range(lines))
    base = scene.commit(1, [], {b"d/a": (Mode.FILE, text)})
    ours = scene.commit(2, [base], {b"d/a": (Mode.FILE, text.replace(b"line 3 ", b"ours "))})
    theirs = scene.commit(3, [base], {b"d/a": (Mode.FILE, text.replace(b"line 9 ", b"theirs "))})
    scene.record()
    combined = scene.merge(ours, theirs)
    scene.record()
    ((_, content),) = scene.files(combined.tree).values()
    assert content == text.replace(b"line 3 ", b"ours ").replace(b"line 9 ", b"theirs ")
    (change,) = combined.changes
    assert change.path == b"d/a"
    assert (change.old.id, change.new.id) == (
        blob_id(text.replace(b"line 3 ", b"ours ")),
        blob_id(content),
    )
