"""Purge: content that must be gone goes from every version, at once and for good.

Commits and trees keep their ids, so names of files stay; what they name can be read no more, and
whoever tries is told when and why it was purged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from string import hexdigits
from typing import Final

from contentvc.actions.context import Context
from contentvc.actions.dropping import (
    Drop,
    again,
    clean_up,
    drop,
    parts_of,
    reading,
    unlisted_packs,
    unreadable,
)
from contentvc.actions.remains import Remains, remains_of
from contentvc.changes.trees import list_files
from contentvc.errors import Declined, Missing, Usage
from contentvc.history.dropped import PURGE, reason_attribute
from contentvc.ids import ID_BYTES, Kind, ObjectId, short
from contentvc.repository import Repository
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import Operation
from contentvc.snapshots.tree import Mode
from contentvc.upkeep.holders import Holders, entry_at
from contentvc.upkeep.named import commits_named, merges_named
from contentvc.upkeep.reach import Reach, roots

__all__ = [
    "PurgeReport",
    "PurgeRequest",
    "PurgeSurvey",
    "PurgedContent",
    "content_id",
    "purge",
    "survey_purge",
]

_SHOWN: Final = 10
_DIGITS: Final = 4
_CONTENT: Final = (Kind.RAW, Kind.LIST)
_NAMED: Final = 1_000_000
"""Contents that one operation purges: their ids take half of what an operation may be."""


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """What must be gone; something must be named."""

    paths: tuple[bytes, ...] = ()
    """Every version of these files, and of all files in these folders."""
    ids: tuple[ObjectId, ...] = ()
    """Content, wherever it is."""


@dataclass(frozen=True, slots=True)
class PurgedContent:
    """One content, and every path that has it in some version."""

    id: ObjectId
    size: int
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PurgeSurvey:
    """What a purge touches."""

    contents: tuple[PurgedContent, ...]
    """What goes."""
    stayed: tuple[PurgedContent, ...]
    """What was asked for and is part of a larger file that was not: it stays."""
    commits: int
    """Commits that name some of what goes."""
    refs: tuple[str, ...]
    """Branches, tags and other refs whose newest version does."""

    @property
    def size(self) -> int:
        """Bytes of content that go."""
        return sum(one.size for one in self.contents)


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """What is gone."""

    sequence: int
    """The operation."""
    reason: str
    survey: PurgeSurvey
    freed: int
    """Bytes the repository shrank by."""
    remains: Remains
    """What working trees still hold of it."""
    unfinished: int
    """Packs that others are writing; of a command that was killed just now they may hold it."""


def survey_purge(context: Context, request: PurgeRequest) -> PurgeSurvey:
    """What a purge would touch; nothing changes.

    Raises:
        Missing, Declined, Usage, Damaged: as `purge`.
    """
    repository = context.repository
    with reading(repository, repository.refresh()):
        return _survey(repository, _decided(context, request))


def purge(context: Context, request: PurgeRequest, reason: str) -> PurgeReport:
    """Do it. When this returns, no file of the repository holds the bytes any more.

    Raises:
        Missing: no version has a path (``unknown-path``).
        Declined: all of it is gone already, or is part of what must stay (``nothing-to-purge``).
        Usage: the reason is blank, or too much is named at once.
        Damaged: the repository cannot be read whole, so nobody can tell what is needed.
        Busy: others kept changing what was to be purged.
    """
    if not reason.strip():
        raise Usage("bad-value", "the reason is empty", 'say why: --reason "TEXT"')
    return again(lambda: _attempt(context, request, reason))


def content_id(repository: Repository, word: str) -> ObjectId | None:
    """The content that an id or at least 4 digits of one name; None where they name nothing.

    Raises:
        Usage: they fit several contents, or only a commit or a folder.
    """
    if not (_DIGITS <= len(word) <= 2 * ID_BYTES and set(word) <= set(hexdigits)):
        return None
    found = list(repository.objects.index.starting_with(word.lower()))
    contents = [one for one, kind in found if kind in _CONTENT]
    contents += [one for one in repository.view.purged if one.hex().startswith(word.lower())]
    if len(set(contents)) > 1:
        raise Usage("ambiguous-revision", f"{word} fits several contents", "give more digits")
    if found and not contents:
        raise Usage(
            "bad-value",
            f"{word} is a commit or a folder; only the content of files is purged",
            "name a file or a folder by its path, or content by the id that b3sum prints",
        )
    return contents[0] if contents else None


@dataclass(slots=True)
class _Choice:
    """What is asked for, in all that the log leads to."""

    repository: Repository
    paths: Sequence[bytes]
    reach: Reach
    wanted: dict[ObjectId, int]
    """Content and its size; stored or not."""
    blobs: set[ObjectId] = field(default_factory=set)
    """What goes of it."""
    chunks: set[ObjectId] = field(default_factory=set)
    """Chunks of it that nothing else has."""
    kept: set[ObjectId] = field(default_factory=set)
    """Trees that operations keep."""
    found: set[bytes] = field(default_factory=set)
    """Paths that some version has."""
    states: set[ObjectId] = field(default_factory=set)
    """Commits that tell of a merge in progress: each folder of theirs holds one of its versions."""
    _searched: set[ObjectId] = field(default_factory=set)
    _walked: int = 0

    def walk(self, starts: Iterable[ObjectId]) -> None:
        """Look at commits, and at all before them."""
        self.reach.walk(starts)
        for commit in self.reach.commits[self._walked :]:
            for root in self.roots(commit):
                self._search(root)
        self._walked = len(self.reach.commits)

    def roots(self, commit: ObjectId) -> list[ObjectId]:
        """The trees in which the paths of a commit's versions begin."""
        tree = self.repository.commit(commit).tree
        if commit not in self.states:
            return [tree]
        entries = self.repository.entries(tree)
        return [entry.id for entry in entries if entry.mode is Mode.DIRECTORY]

    def look(self, operation: Operation) -> None:
        """Look at what an operation leads to; what it named before the horizon may be gone."""
        has = self.repository.objects.has
        self.states.update(merges_named(operation))
        is_certain = operation.sequence > self.repository.view.horizon
        self.walk(one for one in commits_named(operation) if is_certain or has(one))
        for root in kept_trees(operation):
            if is_certain or has(root):
                self.reach.walk_tree(root)
                self.kept.add(root)
                self._search(root)

    def clashes(self, operation: Operation) -> bool:
        """Whether an operation brought more of what is asked for, or needs a chunk of it."""
        before = len(self.wanted)
        self.look(operation)
        return len(self.wanted) > before or not self.chunks.isdisjoint(self.reach.blobs)

    def _search(self, root: ObjectId) -> None:
        if root in self._searched:
            return
        self._searched.add(root)
        for path in self.paths:
            entry = entry_at(self.repository, root, path)
            if entry is None:
                continue
            self.found.add(path)
            if entry.mode is not Mode.DIRECTORY:
                self.wanted[entry.id] = entry.size
            elif entry.id not in self._searched:
                self._searched.add(entry.id)
                for _, file in list_files(self.repository.entries, entry.id):
                    self.wanted[file.id] = file.size


def _attempt(context: Context, request: PurgeRequest, reason: str) -> PurgeReport:
    repository = context.repository
    base = repository.refresh()
    unlisted = unlisted_packs(repository, base)
    with reading(repository, base):
        try:
            choice = _decided(context, request)
        except Declined:
            clean_up(context, unlisted)  # of a command that was killed right after its operation
            raise
        survey = _survey(repository, choice)
    draft = replace(context.draft(PURGE), attributes=(reason_attribute(reason),))
    gone = choice.blobs | choice.chunks
    freed = drop(context, base, Drop(draft, choice.blobs, gone, choice.clashes))
    sequence = repository.view.sequence
    unfinished = clean_up(context, unlisted)
    paths = {one.id: one.paths for one in survey.contents}
    return PurgeReport(sequence, reason, survey, freed, remains_of(context, paths), unfinished)


def _decided(context: Context, request: PurgeRequest) -> _Choice:
    """What goes; something does."""
    repository = context.repository
    wanted = {one: _size(repository, one) for one in request.ids}
    choice = _Choice(repository, request.paths, Reach(repository, unreadable), wanted)
    for standing in repository.view.workspaces.values():
        choice.states.update(standing.head.merging)
    choice.walk(roots(repository.view))
    for operation, _, effective in repository.log.walk():
        if effective:
            choice.look(operation)
    _check_found(choice)
    # Nothing is gone once the empty content is: it has no bytes, and much else is empty too.
    stored = {one for one, size in choice.wanted.items() if size and _is_there(repository, one)}
    choice.blobs, choice.chunks = parts_of(repository, stored, choice.reach.blobs)
    if not choice.blobs:
        raise _nothing(stored)
    if len(choice.blobs) > _NAMED:
        raise Usage("bad-value", f"one purge takes {_NAMED:,} contents", "name fewer files at once")
    return choice


def _size(repository: Repository, identifier: ObjectId) -> int:
    return repository.objects.size(identifier) if repository.objects.has(identifier) else 0


def _is_there(repository: Repository, identifier: ObjectId) -> bool:
    """Whether content is here, or may be at a remote, from where it must not come back."""
    objects = repository.objects
    return objects.has(identifier) or (objects.is_partial and not repository.is_purged(identifier))


def _check_found(choice: _Choice) -> None:
    unknown = [path for path in choice.paths if path not in choice.found]
    if unknown:
        shown = unknown[0].decode("utf-8", "replace") or "everything"
        raise Missing(
            "unknown-path",
            f"no version has {shown}",
            "a path is meant as seen from the root or from here; see: contentvc log PATH",
            path=shown,
        )


def _nothing(stored: set[ObjectId]) -> Declined:
    if stored:
        names = sorted(short(one) for one in stored)
        return Declined(
            "nothing-to-purge",
            f"nothing is purged: {', '.join(names[:_SHOWN])} is part of larger files, which stay",
            "name those files too",
        )
    return Declined(
        "nothing-to-purge",
        "nothing of it is stored: it was purged already, or is empty",
        "see when with: contentvc operations",
    )


def _survey(repository: Repository, choice: _Choice) -> PurgeSurvey:
    stored = {one for one in choice.wanted if choice.wanted[one] and _is_there(repository, one)}
    gone, stayed = Holders(repository, choice.blobs), Holders(repository, stored - choice.blobs)
    reached = choice.reach.commits
    trees = [repository.commit(one).tree for one in reached if one not in choice.states]
    commits = sum(map(gone.note, trees))
    states = [one for one in reached if one in choice.states]
    kept = [*choice.kept, *(root for one in states for root in choice.roots(one))]
    for tree in kept:
        gone.note(tree)
    for tree in {*trees, *kept}:
        stayed.note(tree)
    refs = sorted(
        name
        for name, ref in repository.view.refs.items()
        if gone.note(repository.commit(ref.id).tree)
    )
    return PurgeSurvey(
        contents=tuple(_contents(choice, gone)),
        stayed=tuple(_contents(choice, stayed)),
        commits=commits,
        refs=tuple(refs),
    )


def _contents(choice: _Choice, holders: Holders) -> Iterator[PurgedContent]:
    found = [
        PurgedContent(one, choice.wanted[one], tuple(sorted(paths)))
        for one, paths in holders.paths.items()
    ]
    yield from sorted(found, key=lambda one: (one.paths, one.id))
