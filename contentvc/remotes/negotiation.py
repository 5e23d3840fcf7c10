"""Negotiation: which objects the other side lacks, told from what it is known to have.

Whoever has a commit that a ref names has all that it reaches. So the walk from the wanted commits
ends at such commits, and of the rest only what the trees at that boundary do not have is wanted.
Trees are compared level by level as sets, since those of one level lie together, equal ones are
pruned, and nobody's names matter.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged, Missing
from contentvc.ids import ID_BYTES, Kind, ObjectId
from contentvc.remotes.ancestry import Ancestry
from contentvc.remotes.sources import Leads, LocalSource, Source
from contentvc.repository import Repository
from contentvc.snapshots.codec import split_ids
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Mode

__all__ = ["Negotiation", "Wanted"]

_DIRECTORY: Final = Mode.DIRECTORY.value
_AT_ONCE: Final = 8192
"""Trees that are read together: some twenty megabytes, mostly."""


@dataclass(slots=True)
class Wanted:
    """What is to be transferred."""

    objects: dict[ObjectId, Kind] = field(default_factory=dict)
    """Each object, as what it is stored. Of commits the newest come first."""
    passed: set[ObjectId] = field(default_factory=set)
    """Purged content, which versions name and nobody has."""


class Negotiation:
    """Finds what is wanted of a source.

    Args:
        source: has the wanted commits and all that they reach.
        local: the repository here, which has the tips and all that they reach.
        tips: commits that the side which lacks something has for sure.
        is_gone: whether an object was purged on either side, and is thus passed over.
    """

    def __init__(
        self,
        source: Source,
        local: Repository,
        tips: Iterable[ObjectId],
        is_gone: Callable[[ObjectId], bool],
    ) -> None:
        self._source = source
        self._here = LocalSource(local)
        self._local = local
        self._ancestry = Ancestry(tips, local.commit)
        self._is_gone = is_gone
        self._old_roots: set[ObjectId] = set()
        self._had: set[ObjectId] = set()
        """What lies below the old roots, as far as it was looked at."""
        self._trees: set[ObjectId] = set()
        self._blobs: set[ObjectId] = set()
        self.wanted = Wanted()

    def walk(self, starts: Collection[ObjectId]) -> None:
        """Find the commits and trees that are wanted.

        Raises:
            Damaged: something is not stored, or not as it was.
        """
        commits = self._new_commits(starts)
        by_age = sorted(commits, key=lambda one: commits[one].time, reverse=True)
        self.wanted.objects.update(dict.fromkeys(by_age, Kind.COMMIT))
        if commits:
            self._compare({commit.tree for commit in commits.values()}, set(self._old_roots))
        self.wanted.objects.update(dict.fromkeys(self._trees - self._had, Kind.TREE))

    @property
    def looks_further(self) -> bool:
        """Whether the other side has commits behind those at the boundary."""
        return bool(self._ancestry)

    def look_back(self) -> None:
        """Leave out what any commit of the other side leads to, not only those at the boundary."""
        commits = self._ancestry.rest()
        roots = {self._local.commit(one).tree for one in commits} - self._had - self._old_roots
        self._compare(set(), roots)
        for identifier in self._had & self.wanted.objects.keys():
            del self.wanted.objects[identifier]

    def content(self) -> set[ObjectId]:
        """The blobs that wanted trees lead to and the other side is not known to have."""
        blobs = self._blobs - self._had
        gone = {blob for blob in blobs if self._is_gone(blob)}
        self.wanted.passed |= gone
        return blobs - gone

    def had_chunks(self) -> set[ObjectId]:
        """The chunks of large blobs among what the other side has."""
        chunks: set[ObjectId] = set()
        for identifier, spot in self._here.spots(self._had).items():
            if spot.kind is Kind.LIST:
                chunks.update(self._here.chunk_list(identifier).ids)
        return chunks

    def _new_commits(self, starts: Collection[ObjectId]) -> dict[ObjectId, Commit]:
        """The commits that the other side lacks; the roots of those at the boundary are noted."""
        found: dict[ObjectId, Commit] = {}
        level = list(dict.fromkeys(starts))
        while level:
            following: dict[ObjectId, None] = {}
            for identifier, commit in self._source.commits(level).items():
                if self._ancestry.holds(identifier, commit.time):
                    self._old_roots.add(commit.tree)
                    continue
                found[identifier] = commit
                following.update(dict.fromkeys(commit.parents))
            level = [one for one in following if one not in found]
        return found

    def _compare(self, new: set[ObjectId], old: set[ObjectId]) -> None:
        """Note what the new trees lead to, and what the old ones do, but for equal subtrees."""
        for _ in range(limits.TREE_DEPTH * 2):
            if not new and not old:
                return
            self._had |= old
            new = new - self._had - self._trees
            gone = {tree for tree in new if self._is_gone(tree)}
            self.wanted.passed |= gone
            new -= gone
            self._trees |= new
            below = self._below(self._source.trees, new, self._blobs)
            old_below = self._below(self._old_trees, old, self._had)
            self._had |= below & old_below
            new, old = below - old_below, old_below - below - self._had
        raise Damaged("beyond-limit", "a tree is deeper than the limits allow")

    def _below(
        self,
        read: Callable[[Collection[ObjectId]], Iterator[Leads]],
        trees: Collection[ObjectId],
        blobs: set[ObjectId],
    ) -> set[ObjectId]:
        """The trees below these; blobs are added to those given."""
        below: set[ObjectId] = set()
        ordered = list(trees)
        for start in range(0, len(ordered), _AT_ONCE):
            for modes, ids in read(ordered[start : start + _AT_ONCE]):
                for mode, identifier in zip(modes, split_ids(ids, ID_BYTES), strict=True):
                    (below if mode == _DIRECTORY else blobs).add(ObjectId(identifier))
        return below

    def _old_trees(self, trees: Collection[ObjectId]) -> Iterator[Leads]:
        """Of trees here; one that was dropped on purpose leads to nothing."""
        try:
            found = list(self._here.trees(trees))
        except (Damaged, Missing):
            found = [leads for tree in trees for leads in self._old_tree(tree)]
        yield from found

    def _old_tree(self, tree: ObjectId) -> list[Leads]:
        try:
            return list(self._here.trees([tree]))
        except (Damaged, Missing):
            return []  # what it leads to counts as wanted, and is asked for where it is needed
