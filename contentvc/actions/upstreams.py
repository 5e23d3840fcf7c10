"""Upstreams: which remote each branch goes to and comes from.

They are a preference of this repository, not a part of its history: a file beside the settings,
``.contentvc/upstreams.toml``, has a line for each branch that has one. A branch without a line has
the only remote, or the one called ``origin``.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.tracking import tracking_ref
from contentvc.errors import Damaged, Missing, Usage
from contentvc.history.names import BRANCH, short_name
from contentvc.ids import ObjectId
from contentvc.storage import disk
from contentvc.worktree.lease import hold
from contentvc.worktree.place import Place

__all__ = [
    "ORIGIN",
    "Upstream",
    "forget_remote",
    "forget_upstream",
    "remote_for",
    "remote_names",
    "remote_with",
    "rename_remote",
    "rename_upstream",
    "set_first_upstream",
    "set_upstream",
    "upstream_of",
]

ORIGIN: Final = "origin"
"""The name of the remote that a repository was cloned from, unless another is chosen."""
_FILE: Final = b"upstreams.toml"
_LEASE: Final = b"upstreams.lease"
_HEAD: Final = "# The remote of each branch; written by contentvc.\n"


@dataclass(frozen=True, slots=True)
class Upstream:
    """The branch of a remote that a branch here belongs to."""

    remote: str
    ref: str
    """Where it is remembered here: ``remote/origin/main``."""
    commit: ObjectId | None
    """Where it was when it was last looked at; None where it was never seen, or is gone."""

    @property
    def name(self) -> str:
        """As people write it: ``origin/main``."""
        return short_name(self.ref)


def upstream_of(context: Context, branch: str) -> Upstream | None:
    """The upstream of a branch (without ``branch/``); None where there is no remote for it.

    Only what is known here is looked at; no remote is asked.
    """
    names = remote_names(context.place)
    if not names:
        return None
    remote = _chosen(context.place, branch, names)
    if remote not in names:
        return None
    ref = tracking_ref(remote, BRANCH + branch)
    target = context.repository.view.refs.get(ref)
    return Upstream(remote, ref, target.id if target else None)


def remote_names(place: Place) -> list[str]:
    """The remotes there are, without looking into them."""
    try:
        return sorted(os.fsdecode(name) for name in os.listdir(_remotes(place)))
    except FileNotFoundError:
        return []


def remote_with(context: Context, branch: str) -> str | None:
    """The remote that is known to have a branch; of several the usual one, or none of them."""
    refs, names = context.repository.view.refs, remote_names(context.place)
    having = [name for name in names if tracking_ref(name, BRANCH + branch) in refs]
    if len(having) > 1:
        return ORIGIN if ORIGIN in having else None
    return having[0] if having else None


def remote_for(context: Context, name: str | None, branch: str | None) -> str:
    """The remote that is meant: the one named, else that of the branch, else the usual one.

    Raises:
        Missing: there is none of that name (``unknown-remote``), or none at all (``no-remote``).
        Usage: there are several, and nothing says which.
    """
    if name is not None:
        return context.remotes.known(name).name
    names = context.remotes.names()
    if not names:
        raise Missing(
            "no-remote",
            "there is no remote yet",
            f"add one with: contentvc remote add {ORIGIN} LOCATION",
        )
    chosen = _chosen(context.place, branch or "", names)
    if chosen not in names:
        raise Usage(
            "usage", f"there are several remotes: {', '.join(names)}", "name the one you mean"
        )
    return chosen


def set_upstream(place: Place, branch: str, remote: str) -> None:
    """Note which remote a branch belongs to; durable."""
    _change(place, lambda known: known | {branch: remote})


def set_first_upstream(context: Context, branch: str, remote: str) -> bool:
    """The same for a branch that belongs to none yet; whether that is so.

    A branch that the usual remote has belongs there, though no line says so.
    """
    if branch in _read(context.place):
        return False
    usual = upstream_of(context, branch)
    if usual is not None and usual.commit is not None and usual.remote != remote:
        return False
    set_upstream(context.place, branch, remote)
    return True


def forget_upstream(place: Place, branch: str) -> None:
    """The branch is gone; one that is called so later has nothing to do with it."""
    _change(place, lambda known: {one: to for one, to in known.items() if one != branch})


def rename_upstream(place: Place, old: str, new: str) -> None:
    """A branch has another name."""
    _change(place, lambda known: {new if one == old else one: to for one, to in known.items()})


def forget_remote(place: Place, remote: str) -> None:
    """The remote is gone."""
    _change(place, lambda known: {one: to for one, to in known.items() if to != remote})


def rename_remote(place: Place, old: str, new: str) -> None:
    """The remote has another name."""
    _change(place, lambda known: {one: new if to == old else to for one, to in known.items()})


def _chosen(place: Place, branch: str, names: Sequence[str]) -> str:
    """The remote of a branch: of its line if there is such a remote, else the usual one."""
    told = _read(place).get(branch)
    if told is not None and told in names:
        return told
    return names[0] if len(names) == 1 else ORIGIN


def _remotes(place: Place) -> bytes:
    return os.path.join(place.folder, b"remotes")


def _change(place: Place, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Replace the file, one command at a time; nothing is written where nothing changes."""
    path = os.path.join(place.folder, _FILE)
    known = _read(place)
    if change(known) == known:
        return
    with hold(os.path.join(place.folder, _LEASE), lambda: None):
        text = _HEAD + "".join(
            f"{_quoted(branch)} = {_quoted(remote)}\n"
            for branch, remote in sorted(change(_read(place)).items())
        )
        try:
            disk.replace_file_durably(path, text.encode())
        except OSError as error:
            raise disk.explain(error, "write", path) from error


def _read(place: Place) -> dict[str, str]:
    path = os.path.join(place.folder, _FILE)
    try:
        with open(path, "rb") as file:
            content = file.read(limits.UPSTREAMS_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    if len(content) > limits.UPSTREAMS_BYTES:
        raise _not_understood(path)
    try:
        lines = [line for line in content.decode().split("\n") if line and line[0] != "#"]
        return dict(_parsed(line) for line in lines)
    except ValueError as error:
        raise _not_understood(path) from error


def _parsed(line: str) -> tuple[str, str]:
    """A line as it is written: TOML whose texts are JSON's too, so that no parser is needed."""
    read = json.JSONDecoder().raw_decode
    branch, end = read(line)
    if not line.startswith(' = "', end):
        raise ValueError("no line of upstreams")
    remote, end = read(line, end + len(" = "))
    if not isinstance(branch, str) or end != len(line):
        raise ValueError("no line of upstreams")
    return branch, remote


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _not_understood(path: bytes) -> Damaged:
    shown = path.decode("utf-8", "replace")
    return Damaged(
        "damaged",
        f"{shown} does not say which remote each branch has",
        "remove it: branches have the usual remote then, until they are pushed again",
        path=shown,
    )
