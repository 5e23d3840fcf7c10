"""Combining: the trees of two sides merged into one that is stored, and the base to do it from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.fresh import FreshTrees
from contentvc.actions.needed import read_by_merge
from contentvc.actions.ruling import rules_for_merge
from contentvc.changes.conflicts import ConflictKind, PathConflict, edits_to
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.merge import MergedFile, TreeMerge, merge_trees
from contentvc.changes.trees import TreeChange, lookup
from contentvc.changes.versions import Marking
from contentvc.formats.contract import Favour, Labels, Side
from contentvc.history.graph import merge_bases
from contentvc.ids import Kind, ObjectId, keyed_id, short
from contentvc.objects.writing import Writing
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Combined", "Sides", "base_tree", "combine"]

_AS_IN_BASE: Final = (
    ConflictKind.BINARY,
    ConflictKind.DELETED_BY_US,
    ConflictKind.DELETED_BY_THEM,
    ConflictKind.TYPE,
)
"""In a base that is a merge itself neither side has decided these, so neither is favoured."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The root trees that meet; None is an empty one."""

    base: ObjectId | None
    ours: ObjectId | None
    theirs: ObjectId | None
    labels: Labels
    is_base: bool = False
    """What is made is a base to merge from, so that its conflicts must be seen in it."""


@dataclass(frozen=True, slots=True)
class Combined:
    """A merged tree, put into the session that writes."""

    tree: ObjectId
    """The merged root, with stand-ins where there are conflicts."""
    changes: list[TreeChange]
    """From ours to it."""
    conflicts: tuple[PathConflict, ...]


def base_tree(
    context: Context,
    fresh: FreshTrees,
    writing: Writing,  # noqa: ARG001 - the session that `fresh` writes to
    ours: ObjectId,
    theirs: ObjectId,
) -> ObjectId | None:
    """The root tree that a merge of two commits starts from; None where they share nothing.

    That of their best common ancestor. Of several, which criss-cross merges leave, the tree that
    merging these makes, as git's strategies ``recursive`` and ``ort`` do; it is put into the
    session and read through `fresh`. Text, documents and records that clash in it stay with
    markers, other content as in the bases' own base: what both sides went on to decide in the same
    way merges cleanly, and what they did not is a conflict again.

    Raises:
        Damaged: something in the history cannot be read.
    """
    bases = _Bases(context, fresh)
    found = bases.of(ours, theirs, depth=0)
    return None if found is None else bases.read(found).tree


def combine(
    context: Context,  # noqa: ARG001 - as of `base_tree`
    fresh: FreshTrees,
    writing: Writing,  # noqa: ARG001 - the session that `fresh` writes to
    sides: Sides,
    favour: Favour | None = None,
) -> Combined:
    """Merge; contents and trees that are new are put into the session.

    Raises:
        Damaged: a tree or a content cannot be read.
    """
    merge = _merge(fresh, sides, favour)
    tree = _stored(fresh, sides.ours, merge.files)
    changes = sorted(_changes(fresh, sides.ours, merge.files), key=lambda one: one.path.split(b"/"))
    return Combined(tree, changes, merge.conflicts)


def _changes(
    fresh: FreshTrees, ours: ObjectId | None, files: Mapping[bytes, MergedFile | None]
) -> Iterator[TreeChange]:
    """What `diff_trees` would find, without reading what was written a moment ago."""
    for path, file in files.items():
        old = lookup(fresh.entries, ours, path) if ours else None
        if old is not None and old.mode is Mode.DIRECTORY:
            old = None
        new = None if file is None else _entry(path, file)
        if old != new:
            yield TreeChange(path, old, new)


def _entry(path: bytes, file: MergedFile) -> Entry:
    name = path.rpartition(b"/")[2]
    return Entry(name, file.mode, file.size, file.id, file.attributes)


def _merge(fresh: FreshTrees, sides: Sides, favour: Favour | None) -> TreeMerge:
    if fresh.repository.objects.is_partial:
        fresh.bring(read_by_merge(fresh.entries, sides.base, sides.ours, sides.theirs))
    return merge_trees(
        fresh.entries,
        fresh.blob,
        sides.base,
        sides.ours,
        sides.theirs,
        labels=sides.labels,
        favour=favour,
        rules=rules_for_merge(fresh, sides.base, sides.ours, sides.theirs),
        marking=Marking(sides.is_base, fresh.marked),
    )


def _stored(
    fresh: FreshTrees, ours: ObjectId | None, files: Mapping[bytes, MergedFile | None]
) -> ObjectId:
    """The tree that ours becomes; new contents first, in the order of their paths."""
    edits: dict[bytes, FileEdit | None] = {}
    for path, file in sorted(files.items()):
        if file is not None and file.content is not None:
            before = lookup(fresh.entries, ours, path) if ours else None
            fresh.put_content(file.content, before.id if before else None)
        edits[path] = (
            None if file is None else FileEdit(file.mode, file.size, file.id, file.attributes)
        )
    return edit_tree(fresh.entries, ours, edits, fresh.put)[0]


@dataclass(slots=True)
class _Bases:
    """Finds the base of two commits, merging where there are several."""

    context: Context
    fresh: FreshTrees
    _made: dict[ObjectId, Commit] = field(default_factory=dict)
    """Commits that exist nowhere else: merges of bases."""

    def read(self, identifier: ObjectId) -> Commit:
        made = self._made.get(identifier)
        return self.context.repository.commit(identifier) if made is None else made

    def of(self, ours: ObjectId, theirs: ObjectId, depth: int) -> ObjectId | None:
        """A commit to merge from, at so many merges of bases."""
        bases = merge_bases(ours, theirs, self.read)
        found: ObjectId | None = None
        # The oldest first, as git does: a merge is not the same in every order.
        for base in sorted(bases, key=lambda one: (self.read(one).time, one)):
            found = base if found is None else self._merged(found, base, depth + 1)
        return found

    def _merged(self, ours: ObjectId, theirs: ObjectId, depth: int) -> ObjectId:
        base = self.of(ours, theirs, depth)
        trees = [None if one is None else self.read(one).tree for one in (base, ours, theirs)]
        names = [self._name(one) for one in (base, ours, theirs)]
        labels = Labels(names[0], names[1], names[2], marks=7 + 2 * depth)
        sides = Sides(trees[0], trees[1], trees[2], labels, is_base=True)
        commit = self._commit(self._tree(sides), ours, theirs)
        identifier = keyed_id(Kind.COMMIT, encode_commit(commit))
        self._made[identifier] = commit
        return identifier

    def _tree(self, sides: Sides) -> ObjectId:
        merge = _merge(self.fresh, sides, None)
        tree = _stored(self.fresh, sides.ours, merge.files)
        edits: dict[bytes, FileEdit | None] = {}
        for conflict in merge.conflicts:
            if conflict.kind in _AS_IN_BASE:
                edits.update(edits_to(conflict, Side.BASE))
            elif conflict.items:
                self._mark(merge.files.get(conflict.path))
        return edit_tree(self.fresh.entries, tree, edits, self.fresh.put)[0]

    def _mark(self, file: MergedFile | None) -> None:
        if file is not None:
            self.fresh.marked.add(file.id)

    def _name(self, commit: ObjectId | None) -> str:
        if commit is None:
            return "nothing"
        return "merged bases" if commit in self._made else short(commit)

    def _commit(self, tree: ObjectId, ours: ObjectId, theirs: ObjectId) -> Commit:
        latest = max((self.read(one) for one in (ours, theirs)), key=lambda one: one.time)
        return replace(latest, tree=tree, parents=(ours, theirs))
