"""Trees: the files of a data set on disk, written before a measurement and checked after it."""

import filecmp
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks.commands import Failed
from benchmarks.datasets import Absent, Version

__all__ = [
    "check_copies",
    "check_version",
    "copy_files",
    "folder_bytes",
    "put_version",
    "remove_folder",
    "require_free",
    "write_files",
]

_REPOSITORIES: Final = (".git", ".contentvc")


def put_version(folder: Path, version: Version, old: Version | None = None) -> None:
    """Makes the folder hold this version; files equal in `old`, which it holds, are not touched."""
    before = old.files if old else {}
    for path in before.keys() - version.files.keys():
        os.unlink(f"{folder}/{path}")
    _remove_emptied(folder, before, version.files)
    changed = {path: new for path, new in version.files.items() if before.get(path) != new}
    _make_folders(folder, changed)
    write_files(folder, changed)
    for path in version.executables & changed.keys():
        os.chmod(f"{folder}/{path}", 0o744)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files in place, as an editor would; their folders exist."""
    for path, content in files.items():
        with open(f"{folder}/{path}", "wb") as file:
            file.write(content)


def check_version(folder: Path, version: Version) -> None:
    """Reads everything back.

    Raises:
        Failed: a file is missing, differs, or should not be there.
    """
    found = dict(_contents(folder))
    if found.keys() != version.files.keys():
        wrong = sorted(found.keys() ^ version.files.keys())
        raise Failed(f"{len(wrong)} paths too many or missing, {wrong[0]} first")
    wrong = [path for path, content in version.files.items() if found[path] != content]
    if wrong:
        raise Failed(f"{len(wrong)} files are not what the version holds, {wrong[0]} first")


def copy_files(source: Path, folder: Path, names: Sequence[str]) -> None:
    """Puts files of `source` into a folder, which is made if need be; new files, not old ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).unlink(missing_ok=True)
        shutil.copyfile(source / name, folder / name)


def check_copies(folder: Path, source: Path, names: Sequence[str]) -> None:
    """Compares files byte for byte.

    Raises:
        Failed: a file is missing or differs.
    """
    for name in names:
        if not (folder / name).exists():
            raise Failed(f"{name} is missing in {folder.name}")
        if not filecmp.cmp(folder / name, source / name, shallow=False):
            raise Failed(f"{name} in {folder.name} is not what {source.name} holds")


def require_free(folder: Path, count: float) -> None:
    """For content that may not fit.

    Raises:
        Absent: fewer bytes than that are free where the folder is.
    """
    free = shutil.disk_usage(folder).free
    if free < count:
        raise Absent(
            f"{count / 1e9:.1f} GB are needed where temporary files go, {free / 1e9:.1f} free"
        )


def folder_bytes(folder: Path) -> int:
    """Lengths of all files below a folder; 0 when it does not exist."""
    return sum(
        os.lstat(f"{parent}/{name}").st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )


def remove_folder(folder: Path) -> None:
    """Removes a folder that may not exist."""
    if folder.exists():
        shutil.rmtree(folder)


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _REPOSITORIES]
        for name in names:
            path = f"{parent}/{name}"
            with open(path, "rb") as file:
                yield path[len(str(folder)) + 1 :], file.read()


def _make_folders(folder: Path, files: Mapping[str, bytes]) -> None:
    for path in {os.path.dirname(path) for path in files}:
        os.makedirs(f"{folder}/{path}", exist_ok=True)


def _remove_emptied(folder: Path, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> None:
    """Children sort after their parents, so the last come first."""
    for path in sorted(_folders(old) - _folders(new), reverse=True):
        os.rmdir(f"{folder}/{path}")


def _folders(files: Mapping[str, bytes]) -> set[str]:
    """Every folder above a file, the top one left out."""
    folders: set[str] = set()
    for path in files:
        parent = os.path.dirname(path)
        while parent and parent not in folders:
            folders.add(parent)
            parent = os.path.dirname(parent)
    return folders
