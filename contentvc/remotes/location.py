"""Location: where a remote is, as people write it, and the storage that is there."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from contentvc import limits
from contentvc.errors import Usage
from contentvc.storage.contract import Storage
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place

__all__ = ["Kind", "Location", "parse_location", "storage_at"]

Kind = Literal["folder", "s3", "gs", "az"]

_SCHEMES: Final[dict[str, Kind]] = {"s3": "s3", "gs": "gs", "az": "az"}
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_PART: Final = re.compile(r"[A-Za-z0-9!_.()=+-]+")
"""What every provider takes in a name, and no client or shell writes in another way."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a replica is in or may be put into."""

    kind: Kind
    text: str
    """How it is written, shown and stored: never with credentials; `parse_location` takes it."""
    folder: bytes = b""
    """Of a folder: its absolute path."""
    bucket: str = ""
    """Of the others: the bucket; Azure calls it a container."""
    prefix: str = ""
    """What all names in the bucket start with: ended by ``/`` unless it is empty."""


def parse_location(text: str, here: bytes) -> Location:
    """The location that somebody wrote: a path, ``file://``, ``s3://``, ``gs://`` or ``az://``.

    Nothing is looked up: that something is there, or may be read, shows when it is used.

    Args:
        text: as given; relative paths count from `here`.
        here: the absolute path of a folder.

    Raises:
        Usage: it is none of these, or holds credentials (``bad-value``).
    """
    if not text or "\0" in text or len(text) > limits.PATH_LENGTH:
        raise Usage(
            "bad-value",
            "the location of a remote is empty, or no path can be like it",
            "a remote is a folder's path, or file://, s3://, gs:// or az://",
        )
    match = _SCHEME.fullmatch(text)
    if match is None:
        _refuse_typing_error(text)
        return _folder(os.path.join(here, os.fsencode(text)))
    scheme, rest = match[1].lower(), match[2]
    _refuse_credentials(scheme, rest)
    if scheme == "file":
        return _folder(_path_of(rest))
    if scheme not in _SCHEMES:
        raise Usage(
            "bad-value",
            f"{scheme}:// is no kind of remote",
            "a remote is a folder's path, or file://, s3://, gs:// or az://",
        )
    return _bucket(_SCHEMES[scheme], rest)


def storage_at(location: Location, variables: Mapping[str, str]) -> Storage:
    """The storage of the replica that is, or may be put, at the location.

    A folder that is a working tree stands for its repository. Nothing is asked of a bucket yet.

    Args:
        location: of any kind.
        variables: the environment, for credentials; nothing of it is kept anywhere.

    Raises:
        NotAllowed: a part of the program is not installed (``not-supported``), with the command
            that installs it.
        Usage: a variable has a value that makes no sense (``bad-value``).
        Damaged: a folder's working tree says of itself what is not understood.
    """
    if location.kind == "folder":
        found = place.at(location.folder)
        return LocalStorage(os.fsdecode(location.folder) if found is None else found.repository)
    return _bucket_storage(location, variables)


def _folder(path: bytes) -> Location:
    # ``..`` after a symlink leads elsewhere than the text says.
    path = os.path.realpath(path) if b".." in path.split(b"/") else os.path.normpath(path)
    try:
        text = path.decode()
    except UnicodeDecodeError:
        text = f"file://{quote_from_bytes(path)}"
    return Location("folder", text, folder=path)


def _path_of(rest: str) -> bytes:
    host, slash, path = rest.partition("/")
    path_bytes = unquote_to_bytes(path)
    if host not in ("", "localhost") or not slash or b"\0" in path_bytes:
        raise Usage(
            "bad-value",
            f"file://{rest} names no folder of this machine",
            "write three slashes and the absolute path: file:///srv/content",
        )
    return b"/" + path_bytes


def _refuse_typing_error(text: str) -> None:
    word, colon, rest = text.partition(":")
    if colon and word.lower() in {"file", *_SCHEMES}:
        raise Usage(
            "bad-value",
            f"{word}: is followed by two slashes, as in {word}://{rest.strip('/')}",
            f"a folder of that name is ./{word}:…",
        )


def _refuse_credentials(scheme: str, rest: str) -> None:
    """Refuse what is before an ``@``, or in a query, without repeating it."""
    if "@" in rest.partition("/")[0] or (scheme != "file" and ("?" in rest or "@" in rest)):
        raise Usage(
            "bad-value",
            f"a {scheme}:// location that holds credentials or options is not accepted",
            "leave out what is before the @ and after the ?; "
            "credentials come from the provider's environment variables",
        )


def _bucket(kind: Kind, rest: str) -> Location:
    bucket, _, path = rest.partition("/")
    parts = path.strip("/").split("/") if path.strip("/") else []
    if not _BUCKET.fullmatch(bucket):
        raise Usage(
            "bad-value",
            f"{kind}://{rest} names no bucket",
            f"write {kind}://BUCKET or {kind}://BUCKET/FOLDER",
        )
    if any(not _PART.fullmatch(part) or part in (".", "..") for part in parts):
        raise Usage(
            "bad-value",
            f"the folder in {kind}://{rest} has a name that not every bucket takes",
            "use letters, digits and ! _ . ( ) = + - between single slashes",
        )
    text = "/".join([f"{kind}://{bucket}", *parts])
    return Location(kind, text, bucket=bucket, prefix="".join(f"{part}/" for part in parts))


def _bucket_storage(location: Location, variables: Mapping[str, str]) -> Storage:
    # Only who uses a bucket pays for the import.
    from contentvc.storage.bucket import open_bucket  # noqa: PLC0415

    return open_bucket(location.kind, location.bucket, location.prefix, variables)
