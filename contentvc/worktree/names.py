"""Names as file systems see them: which of them are one and the same on this disk.

What is refused everywhere is decided in `contentvc.snapshots.names`; this is about the disk at
hand, so nothing here changes what may be recorded.
"""

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from contentvc.errors import Conflict
from contentvc.snapshots.names import OWN_FOLDER

__all__ = ["EXACT", "Folding", "check_distinct", "fold", "probe"]


@dataclass(frozen=True, slots=True)
class Folding:
    """Which differences between names a file system does not see."""

    case: bool
    form: bool
    """Unicode normal forms: one letter with an accent, or a letter and then the accent."""
    text: bool = False
    """Names must be UTF-8."""

    @property
    def is_exact(self) -> bool:
        """Names are bytes, as on most file systems of Linux."""
        return not self.case and not self.form and not self.text


EXACT = Folding(case=False, form=False)


def fold(name: bytes, *, case: bool) -> str:
    """A name or path, equal for all that are one where normal forms, and case, do not count."""
    text = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    return unicodedata.normalize("NFC", text.casefold()) if case else text


def probe(root: bytes, *, is_mac: bool) -> Folding:
    """How the file system of a working tree folds, asked of it without making any file.

    Its own ``.contentvc`` is looked up in capitals. Whether normal forms count cannot be asked
    that way, as the name is plain; a Mac's file systems never see them, and elsewhere those that
    do not (casefolded ext4, ZFS so set up) are, but for rare cases, the ones that fold case.
    """
    marker = os.path.join(root, OWN_FOLDER)
    try:
        here = os.lstat(marker)
        other = os.lstat(os.path.join(root, OWN_FOLDER.upper()))
    except OSError:
        return Folding(case=False, form=is_mac, text=is_mac)
    folds = (here.st_dev, here.st_ino) == (other.st_dev, other.st_ino)
    return Folding(case=folds, form=folds or is_mac, text=is_mac)


def check_distinct(paths: Iterable[bytes], folding: Folding) -> None:
    """Refuse a version in which files, or folders, would be one and the same on this disk.

    Raises:
        Conflict: naming two such paths, or one that cannot be written. Nothing was written.
    """
    if folding.is_exact:
        return
    spelt: dict[str, bytes] = {}
    for path in paths:
        if folding.text:
            _check_text(path)
        at = path
        while at:
            first = spelt.setdefault(fold(at, case=folding.case), at)
            if first != at:
                raise Conflict(
                    "would-overwrite",
                    f"{_shown(first)} and {_shown(at)} are one name on this file system",
                    "rename one of them on a file system that tells them apart",
                    paths=[_shown(first), _shown(at)],
                )
            at = at.rpartition(b"/")[0]
            if at and spelt.get(fold(at, case=folding.case)) == at:
                break


def _check_text(path: bytes) -> None:
    try:
        path.decode()
    except UnicodeDecodeError as error:
        raise Conflict(
            "bad-name",
            f"{_shown(path)} cannot be written: names on this file system are UTF-8",
            "rename it on a file system that takes any bytes",
            paths=[_shown(path)],
        ) from error


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
