"""Replicas of a site, made without anything that is under test."""

import os

from contentvc.history.draft import Draft, RefMove
from contentvc.ids import NAME_BYTES, Kind, WorkspaceId
from contentvc.objects.writing import Writing
from contentvc.remotes.lazy import Holder, add_holder
from contentvc.repository import Repository
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place as places
from tests.actions.site import ACTOR, Site

__all__ = ["full_replica", "lazy_replica", "update_replica"]


def lazy_replica(full: Site, folder: os.PathLike[str]) -> Site:
    """It has the commits and trees of a site and none of its content, which is at ``origin``."""
    site = _made(full, folder)
    _update(full, site, with_content=False)
    remotes = site.context().remotes
    remotes.add("origin", os.fsdecode(full.root), lambda: ACTOR, ())
    add_holder(places.find(site.root).folder, Holder("origin", remotes.known("origin").replica))
    return site


def full_replica(full: Site, folder: os.PathLike[str]) -> Site:
    """It has all that a site has, which knows it as ``origin``."""
    site = _made(full, folder)
    _update(full, site, with_content=True)
    full.context().remotes.add("origin", os.fsdecode(site.root), lambda: ACTOR, ())
    return site


def update_replica(full: Site, site: Site) -> None:
    """Have everything there that a site has by now."""
    _update(full, site, with_content=True)


def _made(full: Site, folder: os.PathLike[str]) -> Site:
    place = places.create(os.fsencode(folder), WorkspaceId(os.urandom(NAME_BYTES)))
    storage, like = LocalStorage(place.repository), full.repository().description
    Repository.create(storage, full.clockwork, place.workspace, Draft("init", ACTOR), like)
    return Site(folder)


def _update(full: Site, site: Site, *, with_content: bool) -> None:
    source, own = full.repository(), site.repository()
    with own.writing() as writing:
        _copy(source, writing, with_content=with_content)
        moves = []
        for name, ref in source.view.refs.items():
            old = own.view.refs.get(name)
            if name.startswith(("branch/", "tag/")) and (old is None or old.id != ref.id):
                moves.append(RefMove(name, old.id if old else None, ref.id))
        own.append(Draft("push", ACTOR, refs=tuple(moves), added=writing.finish()))


def _copy(source: Repository, writing: Writing, *, with_content: bool) -> None:
    objects = source.objects
    rows = [row for pack in objects.live for row in objects.index.footer(pack).rows()]
    chunks = {one for row in rows if row[1] is Kind.LIST for one in objects.chunks(row[0]).ids}
    for one, kind, *_ in rows:
        if kind is Kind.TREE:
            writing.put_tree(objects.read(kind, one))
        elif kind is Kind.COMMIT:
            writing.put_commit(objects.read(kind, one))
        elif with_content and one not in chunks:
            writing.put_stream(objects.stream(one))
