"""Clone: a replica of a repository that lies elsewhere, with a working tree around it.

Everything happens in the new folder, in steps that may be done again: a note of what was asked for,
the replica, the remote ``origin``, what is fetched, the marker of the working tree, the checkout.
The note goes last. As long as it is there, the command goes on where an earlier one ended.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from contentvc import limits
from contentvc.actions.carrying import REFUSE, Carrying, carry
from contentvc.actions.context import Context
from contentvc.actions.fetch import fetch_from
from contentvc.actions.outside import differing_here
from contentvc.actions.sparse import sparse_paths
from contentvc.actions.standing import settled_lease
from contentvc.actions.tracking import check_offered, tracking_ref
from contentvc.actions.upstreams import ORIGIN, set_upstream
from contentvc.errors import Conflict, ContentvcError, Damaged, Missing
from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.history.names import BRANCH, TAG, short_name
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, ObjectId, WorkspaceId
from contentvc.remotes.contract import Remote
from contentvc.remotes.elsewhere import FromRemotes
from contentvc.remotes.lazy import Holder, add_holder
from contentvc.remotes.location import Location, parse_location, storage_at
from contentvc.remotes.remotes import Remotes
from contentvc.repository import (
    DEFAULT_BRANCH,
    Clockwork,
    Description,
    Repository,
    read_description,
)
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.snapshots.operation import Head
from contentvc.storage import disk
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place as places
from contentvc.worktree.cachefile import cached_bytes
from contentvc.worktree.place import Place

__all__ = ["CloneReport", "CloneRequest", "Surroundings", "clone", "folder_of"]

CLONE: Final = "clone"
"""The kind of the operation that makes the branch and checks it out."""
_NOTE: Final = b"clone"
"""In ``.contentvc``: what is cloned, as long as it is not done."""


@dataclass(frozen=True, slots=True)
class CloneRequest:
    """What is cloned, and how much of it."""

    url: str
    """A path, ``file://``, ``s3://``, ``gs://`` or ``az://``."""
    root: bytes
    """The folder of the new working tree: an absolute path; made if it is missing."""
    branch: str | None = None
    """A branch, or a tag to look at; None is the remote's usual one."""
    lazy: bool = False
    """Leave content at the remote until it is needed."""
    paths: tuple[bytes, ...] = ()
    """Only files at these paths and below are in the working tree."""
    sets: tuple[str, ...] = ()
    """And those of these content sets; neither paths nor sets: all files."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the edge knows of the world before there is a repository."""

    clockwork: Clockwork
    who: Callable[[], str]
    """``Name <address>``."""
    command: tuple[str, ...]
    variables: Mapping[str, str]
    here: bytes
    """The folder that a relative path of a remote starts at."""
    context: Callable[[Repository, Place], Context]
    """What actions in the new working tree are given."""


@dataclass(frozen=True, slots=True)
class CloneReport:
    """What was made."""

    place: Place
    location: str
    ref: str | None
    """The branch that is checked out: ``branch/main``; None for a tag."""
    commit: ObjectId | None
    """What the working tree stands on; None for a remote without commits."""
    lazy: bool
    files: int
    """Files in the working tree."""
    size: int
    """Their bytes."""
    objects: int
    """Objects that were received, the content of these files aside if that came last."""
    bytes: int
    """Bytes that they took on the way."""
    seconds: float
    resumed: bool
    """Whether an earlier attempt was completed."""


def folder_of(url: str) -> str:
    """The last part of a location, which a clone is called by; empty where there is none."""
    name = url.rstrip("/").rpartition("/")[2]
    return "" if name in (".", "..") or name.endswith(":") else name


def clone(request: CloneRequest, world: Surroundings) -> CloneReport:
    """Make the replica and the working tree; whatever ended an earlier attempt is made up for.

    Raises:
        Conflict: the folder is not empty (``not-empty``).
        Missing: there is no repository at that place, or it has no such branch or tag.
        Unreachable, NotAllowed, Damaged: the remote cannot be read, or is not to be trusted.
        Usage: the location is none, or holds credentials.
        Busy: no room is left.
    """
    location = parse_location(request.url, world.here)
    request = replace(request, url=location.text)
    description = _described(location, world)
    _check_offer(request, description, world)
    with _going_on(request):
        resumed = _begin(request)
        return _cloned(request, world, description, resumed=resumed)


@contextmanager
def _going_on(request: CloneRequest) -> Iterator[None]:
    """Say with every error what can be done about the folder."""
    try:
        yield
    except ContentvcError as error:
        if error.code == "not-empty":
            raise  # what is there is no attempt of this command
        shown = request.root.decode("utf-8", "replace")
        way = f"type the command again to go on, or delete {shown}"
        error.hint = f"{error.hint}; then {way}" if error.hint else way
        raise


def _check_offer(request: CloneRequest, like: Description, world: Surroundings) -> None:
    """Refuse before anything is made what the remote does not have.

    Raises:
        Missing: it has no such branch or tag.
    """
    if request.branch is not None:
        remotes = Remotes(b"", like, world.clockwork, world.variables, world.here)
        _target(remotes.open_at(request.url).view, request.branch)


def _described(location: Location, world: Surroundings) -> Description:
    try:
        return read_description(storage_at(location, world.variables))
    except Missing as error:
        raise Missing(
            "not-a-repository",
            f"there is no repository in {location.text}",
            "an empty place becomes one with: contentvc remote add NAME LOCATION",
            location=location.text,
        ) from error


def _cloned(
    request: CloneRequest, world: Surroundings, description: Description, *, resumed: bool
) -> CloneReport:
    began = world.clockwork.now()
    context = _made(request, world, description)
    remote = _opened(context, request)
    target = _target(remote.view, request.branch)
    if request.lazy:
        add_holder(context.place.folder, Holder(ORIGIN, remote.replica))
    fetched = fetch_from(context, ORIGIN, remote, prune=False)
    place = _marked(context, request, target)
    context = replace(context, place=place)
    head = _checked_out(context, target)
    if head.ref is not None and head.commit is not None:
        set_upstream(place, short_name(head.ref), ORIGIN)
    _end(place)
    files, size = _contents(context, head)
    return CloneReport(
        place=place,
        location=remote.location,
        ref=head.ref,
        commit=head.commit,
        lazy=request.lazy,
        files=files,
        size=size,
        objects=fetched.objects,
        bytes=fetched.bytes,
        seconds=(world.clockwork.now() - began) / 1e6,
        resumed=resumed,
    )


def _begin(request: CloneRequest) -> bool:
    """Note what is asked for in a folder that has nothing else; whether the note was there.

    Raises:
        Conflict: the folder has something else in it (``not-empty``).
        NotAllowed, Busy: it cannot be made.
    """
    own = os.path.join(request.root, OWN_FOLDER)
    path = os.path.join(own, _NOTE)
    wanted = _note(request)
    try:
        if _is_noted(path, wanted):
            return True
        _check_empty(request.root, own)
        disk.make_folders(own)
        disk.replace_file_durably(path, wanted)
    except OSError as error:
        raise disk.explain(error, "make", own) from error
    return False


def _is_noted(path: bytes, wanted: bytes) -> bool:
    try:
        noted = cached_bytes(path, limits.SETTINGS_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return False
    if noted == wanted:
        return True
    shown = os.path.dirname(os.path.dirname(path)).decode("utf-8", "replace")
    raise Conflict(
        "not-empty",
        f"{shown} holds another clone that was not finished",
        "type that command again, or delete the folder",
        path=shown,
    )


def _check_empty(root: bytes, own: bytes) -> None:
    """What an attempt leaves that was killed before its note was there is nothing."""
    found = set(os.listdir(root)) if os.path.lexists(root) else set()
    inside = os.listdir(own) if os.path.isdir(own) else []
    if found <= {OWN_FOLDER} and all(map(disk.is_temporary, inside)):
        return
    shown = root.decode("utf-8", "replace")
    raise Conflict(
        "not-empty", f"{shown} is not empty", "name another folder, or empty it", path=shown
    )


def _note(request: CloneRequest) -> bytes:
    """What decides what is fetched; what is checked out of it may still be another thing."""
    return json.dumps({"url": request.url, "lazy": request.lazy}).encode() + b"\n"


def _end(place: Place) -> None:
    path = os.path.join(place.folder, _NOTE)
    try:
        disk.unlink(path)
        disk.fsync_folder(place.folder)
    except OSError as error:
        raise disk.explain(error, "remove", path) from error


def _made(request: CloneRequest, world: Surroundings, description: Description) -> Context:
    """The replica, made or found as an earlier attempt left it; its working tree is not yet."""
    folder = os.path.join(request.root, OWN_FOLDER)
    workspace = WorkspaceId(world.clockwork.random(NAME_BYTES))
    place = Place(request.root, folder, workspace)
    try:
        disk.make_folders(os.fsencode(place.repository))
    except OSError as error:
        raise disk.explain(error, "make", place.repository) from error
    storage = LocalStorage(place.repository)
    draft = Draft("init", world.who(), workspace, world.command)
    try:
        repository = Repository.create(storage, world.clockwork, workspace, draft, description)
    except Conflict:
        repository = Repository.open(storage, world.clockwork)
        place = replace(place, workspace=_only_workspace(repository, description))
    repository.objects.elsewhere = FromRemotes(repository, folder, world.variables, world.who)
    return world.context(repository, place)


def _only_workspace(repository: Repository, description: Description) -> WorkspaceId:
    """That of an earlier attempt.

    Raises:
        Conflict: it was of another repository, or it is in use.
    """
    workspaces = list(repository.view.workspaces)
    if repository.description.repository != description.repository or len(workspaces) != 1:
        raise Conflict(
            "not-empty",
            "what was begun here is another repository than the one at that place now",
            "delete the folder",
        )
    return workspaces[0]


def _opened(context: Context, request: CloneRequest) -> Remote:
    remotes = context.remotes
    if ORIGIN not in remotes.names():
        remotes.add(ORIGIN, request.url, context.who, context.command)
    return remotes.open(ORIGIN)


def _target(theirs: View, name: str | None) -> str | None:
    """The ref of the remote that is checked out; None where it has none.

    Raises:
        Missing: it has none of that name.
    """
    if name is not None:
        for ref in (BRANCH + name, TAG + name):
            if ref in theirs.refs:
                return ref
        raise Missing("unknown-ref", f"the remote has no branch or tag {name}", ref=name)
    branches = {ref: one.sequence for ref, one in theirs.refs.items() if ref.startswith(BRANCH)}
    if DEFAULT_BRANCH in branches:
        return DEFAULT_BRANCH
    return max(branches, key=lambda ref: (branches[ref], ref), default=None)


def _marked(context: Context, request: CloneRequest, target: str | None) -> Place:
    """The folder becomes a working tree, which from now on every command finds."""
    existing = places.at(context.place.root)
    if existing is not None and context.head.commit is not None:
        return existing  # files may be there by now
    sparse: tuple[bytes, ...] = ()
    if request.paths or request.sets:
        commit = _commit(context, target)
        tree = None if commit is None else context.repository.commit(commit).tree
        sparse = sparse_paths(context.repository, tree, request.paths, request.sets)
    return places.create(context.place.root, context.workspace, sparse)


def _commit(context: Context, target: str | None) -> ObjectId | None:
    """What was fetched of the ref that is checked out."""
    if target is None:
        return None
    check_offered(target)
    here = target if target.startswith(TAG) else tracking_ref(ORIGIN, target)
    found = context.repository.view.refs.get(here)
    if found is None:
        raise Damaged("damaged", f"{target} is gone from the remote", "try again")
    return found.id


def _checked_out(context: Context, target: str | None) -> Head:
    """Make the branch and write its files, unless an earlier attempt came so far."""
    with settled_lease(context):
        commit = _commit(context, target)
        if target is None or commit is None or context.head.commit is not None:
            return context.head
        new = Head(None if target.startswith(TAG) else target, commit)
        tree = context.repository.commit(commit).tree
        draft = replace(
            context.draft(CLONE),
            refs=(RefMove(new.ref, None, commit),) if new.ref is not None else (),
            workspaces=(WorkspaceMove(context.workspace, context.head, new),),
        )
        changes = list(differing_here(context, None, tree))
        plan = Carrying("cloning", draft, changes, tree, (None, tree))
        with context.repository.writing() as writing:
            carry(context, writing, plan, REFUSE)
        return new


def _contents(context: Context, head: Head) -> tuple[int, int]:
    """Files that are in the working tree, and their bytes."""
    if head.commit is None:
        return 0, 0
    tree = context.repository.commit(head.commit).tree
    sizes = [one.new.size for one in differing_here(context, None, tree) if one.new is not None]
    return len(sizes), sum(sizes)
