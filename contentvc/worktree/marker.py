"""Marker: what a working tree's ``.contentvc`` says: its workspace, and its sparse set.

A main tree's is the file ``workspace`` in the folder: the id and a newline. Of a sparse tree the
line goes on: ``sparse``, the number of its paths, and the XXH3-64 of the lines that follow, one for
each path. A linked tree's is a TOML file: the keys ``workspace`` and ``folder``, or, of a sparse
one, ``folder`` and the table ``sparse`` with the keys ``workspace`` and ``paths``.

In both forms a marker that lost its sparse paths has lost the id too: a sparse tree can never be
taken for a whole one, whose absent files would be recorded as deleted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contentvc import limits
from contentvc.errors import NotAllowed, Usage
from contentvc.ids import NAME_BYTES, WorkspaceId
from contentvc.snapshots.names import unsafe_reason

__all__ = ["Marker", "NotAMarker", "check_sparse", "decode_linked", "decode_main", "encode_linked",
           "encode_main"]  # fmt: skip

_SPARSE: Final = "sparse"
_ESCAPED: Final = re.compile(rb"[^!#$&-\-/-\[\]-~]")
"""Blanks, controls, what is not ASCII, and the bytes ``%``, ``.``, ``"`` and the backslash."""
_HEX: Final = re.compile(rb"%([0-9a-f]{2})")
_FOLDER: Final = "folder"


class NotAMarker(Exception):
    """The bytes are no marker."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker says."""

    workspace: WorkspaceId
    sparse: tuple[bytes, ...] = ()
    """The paths that are here; empty where everything is."""
    folder: str | None = None
    """The main tree's ``.contentvc``; None in that tree itself."""


def check_sparse(paths: Sequence[bytes]) -> tuple[bytes, ...]:
    """Paths as a marker keeps them: sorted, none twice, none below another.

    Raises:
        Usage: one is no path below the root.
        NotAllowed: they are more than a marker holds (``beyond-limit``).
    """
    for path in paths:
        if len(path) > limits.PATH_LENGTH or any(map(unsafe_reason, path.split(b"/"))):
            raise Usage("bad-value", f"{path!r} is no path that a sparse set can have")
    kept: list[bytes] = []
    for path in sorted(set(paths), key=lambda one: one.replace(b"/", b"\0")):
        if not kept or not path.startswith(kept[-1] + b"/"):
            kept.append(path)
    size = sum(map(len, kept))
    if len(kept) > limits.SPARSE_PATHS or size > limits.SPARSE_BYTES:
        raise NotAllowed(
            "beyond-limit",
            f"a sparse set of {len(kept):,} paths ({size:,} bytes) is more than is kept",
            "name folders instead of the files in them",
        )
    return tuple(kept)


def encode_main(marker: Marker) -> bytes:
    """The bytes of a main tree's marker."""
    if not marker.sparse:
        return marker.workspace.hex().encode() + b"\n"
    lines = b"".join(_escape(path) + b"\n" for path in marker.sparse)
    head = f"{marker.workspace.hex()} {_SPARSE} {len(marker.sparse)} {_checksum(lines)}\n"
    return head.encode() + lines


def decode_main(text: bytes) -> Marker:
    """What a main tree's marker says.

    Raises:
        NotAMarker: it is not as `encode_main` makes it.
    """
    head, newline, lines = text.partition(b"\n")
    words = head.split()
    if len(words) == 1 and newline and not lines:  # without the newline it may be the start of one
        return Marker(_workspace(words[0]))
    if len(words) != 4 or words[1] != _SPARSE.encode() or words[3] != _checksum(lines).encode():
        raise NotAMarker
    paths = lines.split(b"\n")
    if paths.pop() or words[2] != str(len(paths)).encode():
        raise NotAMarker
    return Marker(_workspace(words[0]), _checked([_unescape(path) for path in paths]))


def encode_linked(marker: Marker) -> bytes:
    """The bytes of a linked tree's marker."""
    name = f'workspace = "{marker.workspace.hex()}"\n'
    folder = f"{_FOLDER} = {_quoted(marker.folder or '')}\n"
    if not marker.sparse:
        return (name + folder).encode()
    paths = "".join(f'    "{_escape(path).decode()}",\n' for path in marker.sparse)
    return f"{folder}\n[{_SPARSE}]\n{name}paths = [\n{paths}]\n".encode()


def decode_linked(text: bytes) -> Marker:
    """What a linked tree's marker says.

    Raises:
        NotAMarker: it is not as `encode_linked` makes it.
    """
    import tomllib  # noqa: PLC0415 - only linked workspaces need it, and every command starts here

    if len(text) >= limits.MARKER_BYTES or text.count(b".") > limits.SETTINGS_DOTS:
        raise NotAMarker  # tomllib's memory grows with the square of dotted keys
    try:
        content = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotAMarker from error
    folder, sparse = content.get(_FOLDER), content.get(_SPARSE)
    paths: object = []
    workspace = content.get("workspace")
    if isinstance(sparse, dict):
        workspace, paths = sparse.get("workspace"), sparse.get("paths")
    if not isinstance(workspace, str) or not isinstance(folder, str) or not isinstance(paths, list):
        raise NotAMarker
    if (sparse is not None and not paths) or not all(isinstance(path, str) for path in paths):
        raise NotAMarker
    names = _checked([_unescape(path.encode()) for path in paths])
    return Marker(_workspace(workspace.encode()), names, folder)


def _checked(paths: list[bytes]) -> tuple[bytes, ...]:
    try:
        kept = check_sparse(paths)
    except (Usage, NotAllowed) as error:
        raise NotAMarker from error
    if list(kept) != paths:
        raise NotAMarker
    return kept


def _workspace(text: bytes) -> WorkspaceId:
    try:
        name = bytes.fromhex(text.decode())
    except ValueError as error:
        raise NotAMarker from error
    if len(name) != NAME_BYTES:
        raise NotAMarker
    return WorkspaceId(name)


def _escape(path: bytes) -> bytes:
    """Printable, without dots, of which only so many are read in a TOML file."""
    return _ESCAPED.sub(lambda found: b"%%%02x" % found[0][0], path)


def _unescape(text: bytes) -> bytes:
    path = _HEX.sub(lambda found: bytes.fromhex(found[1].decode()), text)
    if _escape(path) != text:
        raise NotAMarker
    return path


def _checksum(lines: bytes) -> str:
    from xxhash import xxh3_64_hexdigest  # noqa: PLC0415 - only sparse trees need it

    return xxh3_64_hexdigest(lines)


def _quoted(text: str) -> str:
    """A TOML basic string."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in plain) + '"'
