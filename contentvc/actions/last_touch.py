"""Last touch: the newest commit that touched files of each content set, in one walk for all."""

from collections.abc import Callable, Mapping
from functools import partial

from contentvc.actions.covering import UNCOVERED, cover, path_index
from contentvc.actions.trail import Trail
from contentvc.history.graph import Linked, walk
from contentvc.history.path_segment import Link
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.sets.selection import Selection

__all__ = ["last_touches"]


def last_touches(
    repository: Repository, tip: ObjectId, selections: Mapping[str, Selection]
) -> dict[str, ObjectId]:
    """By name, the first commit on the way back from `tip` that touched files of a selection.

    As `log` has it: a merge touches them if it differs from each of its parents. The walk ends
    with the last of them, so selections that nothing touched cost all of history.
    """
    known = path_index(repository)
    uncovered: list[ObjectId] = []
    trails = {
        name: Trail(repository, known, one.within(()), one) for name, one in selections.items()
    }
    found: dict[str, ObjectId] = {}
    read: Callable[[ObjectId], Linked] = partial(_link, repository, known.links, uncovered)
    for identifier, link in walk([tip], read, ()):
        for name in [name for name, trail in trails.items() if trail.touches(identifier, link)]:
            found[name] = identifier
            del trails[name]
        if not trails:
            break
    if len(uncovered) >= UNCOVERED:
        cover(repository, known, uncovered)
    return found


def _link(
    repository: Repository,
    known: Mapping[ObjectId, Link],
    uncovered: list[ObjectId],
    identifier: ObjectId,
) -> Linked:
    link = known.get(identifier)
    if link is None:
        uncovered.append(identifier)
        return repository.commit(identifier)
    return link
