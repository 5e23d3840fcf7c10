"""Zip: files as an archive that is not compressed: what zlib makes differs by version."""

import time
import zipfile
from collections.abc import Iterable
from typing import BinaryIO, Final

from contentvc.errors import Declined
from contentvc.snapshots.tree import Mode
from contentvc.worktree.tar import Member

__all__ = ["write_zip"]

_KINDS: Final = {Mode.FILE: 0o100644, Mode.EXECUTABLE: 0o100755, Mode.SYMLINK: 0o120777}
_EARLIEST: Final = 315_532_800
_LATEST: Final = 4_354_819_198
"""1980 and 2107 UTC, in seconds since 1970: what a time in a zip file can be."""
_UNIX: Final = 3
_LARGE: Final = 2 * 1024**3


def write_zip(file: BinaryIO, members: Iterable[Member], mtime: int) -> None:
    """Write the archive of some files in the order given; `mtime` in seconds since 1970, of all.

    Raises:
        Declined: a name is not UTF-8, which a zip file cannot hold.
    """
    moment = time.gmtime(min(max(mtime, _EARLIEST), _LATEST))[:6]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=True) as archive:
        for path, mode, size, content in members:
            row = zipfile.ZipInfo(_text(path), moment)
            row.create_system = _UNIX
            row.external_attr = _KINDS[mode] << 16
            row.file_size = size
            with archive.open(row, "w", force_zip64=size >= _LARGE) as target:
                for part in (content,) if isinstance(content, bytes) else content:
                    target.write(part)


def _text(path: bytes) -> str:
    try:
        return path.decode()
    except UnicodeDecodeError as error:
        shown = path.decode("utf-8", "replace")
        raise Declined(
            "does-not-fit",
            f"a zip file cannot hold the name {shown}, which is not UTF-8",
            "export a .tar instead",
            path=shown,
        ) from error
