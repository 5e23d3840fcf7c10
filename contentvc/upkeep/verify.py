"""Verify: whether everything that was recorded can be read back as it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from contentvc.errors import Damaged
from contentvc.ids import ObjectId, PackName
from contentvc.objects.segment import Segment
from contentvc.repository import Repository
from contentvc.snapshots.effect import kept_trees
from contentvc.storage.contract import NotFound
from contentvc.upkeep.packs import examine_pack
from contentvc.upkeep.reach import Reach, Touched, roots, touched_by

__all__ = ["Problem", "Verdict", "verify"]

_SHOWN: Final = 20
"""Commits and paths named for one damaged object."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was recorded."""

    what: str
    """``repository``, ``operation``, ``bundle``, ``pack``, ``object`` or ``index``."""
    name: str
    message: str
    touches: tuple[Touched, ...] = ()
    """Commits and paths that need a damaged object."""
    is_cache: bool = False
    """Only a cache: it is made again by the next command that writes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at and what was found."""

    objects: int
    packs: int
    operations: int
    bytes: int
    elsewhere: int
    """Contents of files that are not here and count as being at the remotes of `holders`."""
    holders: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing that was recorded is damaged; caches do not count."""
        return all(problem.is_cache for problem in self.problems)


@dataclass(slots=True)
class _Search:
    repository: Repository
    problems: list[Problem] = field(default_factory=list)
    damaged: dict[ObjectId, str] = field(default_factory=dict)
    objects: int = 0

    def note(self, identifier: ObjectId, message: str) -> None:
        self.damaged.setdefault(identifier, message)

    def take(self, found: "_Search", pack: PackName) -> None:
        """Count what was found in a pack, unless a compaction took it away meanwhile."""
        self.objects += found.objects
        is_sound = not found.problems and not found.damaged
        if is_sound or pack in self.repository.log.latest().packs:
            self.problems += found.problems
            self.damaged.update(found.damaged)


def verify(
    repository: Repository, *, quick: bool, advance: Callable[[int], None] = lambda _: None
) -> Verdict:
    """Check operations, packs and everything that refs reach; no remote is asked.

    Args:
        repository: opened at its newest view.
        quick: read the structure only: log, footers, commits and trees; not the content.
        advance: told of the bytes of each pack when it was looked at.
    """
    search = _Search(repository)
    search.problems += _log_problems(repository)
    search.problems += _index_problems(repository)
    total = 0
    for pack, record in repository.view.packs.items():
        found = _Search(repository)
        _examine(found, pack, quick=quick)
        search.take(found, pack)
        total += record.length
        advance(record.length)
    reach = Reach(repository, search.note)
    reach.walk(roots(repository.view))
    for root in _kept(repository):
        reach.walk_tree(root)
    elsewhere = repository.objects.elsewhere if repository.objects.is_partial else None
    missing = _missing(repository, reach)
    for identifier in missing if elsewhere is None else ():
        search.note(identifier, "it is not stored")
    search.problems += _object_problems(search, reach)
    return Verdict(
        objects=search.objects,
        packs=len(repository.view.packs),
        operations=repository.view.sequence,
        bytes=total,
        elsewhere=len(missing) if elsewhere is not None else 0,
        holders=elsewhere.names if elsewhere is not None else (),
        problems=tuple(search.problems),
    )


def _missing(repository: Repository, reach: Reach) -> list[ObjectId]:
    """Blobs that something leads to and that are not stored."""
    reached = reach.blobs - repository.view.purged
    return sorted(reached - repository.objects.index.find_each(reached).keys())


def _examine(search: _Search, pack: PackName, *, quick: bool) -> None:
    repository = search.repository
    try:
        search.objects += len(repository.objects.index.footer(pack).kinds)
    except (Damaged, NotFound) as error:
        search.problems.append(Problem("pack", pack.hex(), str(error) or "it is missing"))
        return
    if quick:
        return
    for finding in examine_pack(repository.objects, pack):
        if finding.object is not None:
            search.note(finding.object, finding.message)
        else:
            search.problems.append(Problem("pack", pack.hex(), finding.message))


def _log_problems(repository: Repository) -> Iterator[Problem]:
    for name, message in repository.log.check():
        yield Problem(name.split("/", 1)[0].removesuffix("s"), name, message)
    try:
        first = repository.log.read(1)
    except (Damaged, NotFound):
        return  # told above
    if first is not None and first[0].checksum != repository.description.checksum:
        yield Problem("repository", "repository.json", "it is not the one this log began with")


def _index_problems(repository: Repository) -> Iterator[Problem]:
    storage = repository.storage
    for name in repository.objects.index.segments():
        try:
            stored = storage.read(name)
            Segment(partial(_span, stored)).check()
        except Damaged as error:
            if error.code != "needs-newer":  # of another version: another program reads it
                yield Problem("index", name, error.message, is_cache=True)
        except NotFound:
            continue  # replaced meanwhile


def _span(stored: bytes, start: int, end: int) -> bytes:
    return stored[start:end]


def _kept(repository: Repository) -> Iterator[ObjectId]:
    """Trees of saved changes and of effects, which operations after the horizon name."""
    try:
        for logged in repository.log.walk(repository.view.horizon + 1):
            if logged.effective:
                yield from kept_trees(logged.operation)
    except Damaged:
        return  # told of already


def _object_problems(search: _Search, reach: Reach) -> list[Problem]:
    if not search.damaged:
        return []
    touched = touched_by(search.repository, reach.commits, set(search.damaged), _SHOWN)
    problem = Problem("object", "", "")
    return [
        replace(problem, name=one.hex(), message=message, touches=tuple(touched[one]))
        for one, message in sorted(search.damaged.items())
    ]
