"""Names that are dangerous on some disk are refused everywhere: when recorded and when read.

A repository's own folder must never be written through a checkout, whatever spelling of its name
some file system takes for the same: other case, code points that are ignored, trailing dots and
blanks, a stream suffix, the short form.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from contentvc import limits
from contentvc.errors import Damaged

__all__ = ["OWN_FOLDER", "check_names", "unsafe_reason"]

OWN_FOLDER: Final = b".contentvc"

_ONE_PLAIN: Final = rb"(?!\.)[\w.@+=,#%&()\[\]{} -]{1,255}(?<![. ])"
_PLAIN: Final = re.compile(_ONE_PLAIN, re.ASCII)
"""Names that need no closer look; nearly all do not, and a listing has tens of thousands."""
_ALL_PLAIN: Final = re.compile(rb"(?:" + _ONE_PLAIN + rb"\0)*", re.ASCII)
"""The same of many names at once, each followed by NUL."""
_SHORT_FORM: Final = re.compile(r"conten~\d+|[0-9a-z]{0,6}co[0-9a-f]{0,4}~\d+", re.ASCII)
_IGNORABLE: Final = (
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
        (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
        (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
        (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Default_Ignorable_Code_Point of the Unicode Character Database; HFS+ skips these."""


def unsafe_reason(name: bytes) -> str | None:
    """Why a name is refused everywhere; None for a name that is fine."""
    if _PLAIN.fullmatch(name) and b"~" not in name:
        return None
    if not name or name in (b".", b".."):
        return "it is empty, . or .."
    if b"/" in name or b"\0" in name:
        return "it holds / or NUL"
    if len(name) > limits.NAME_LENGTH:
        return f"it is longer than {limits.NAME_LENGTH} bytes"
    if _folds_to_own_folder(name):
        return "a file system may take it for the repository's own folder .contentvc"
    return None


def check_names(names: Sequence[bytes]) -> None:
    """Refuse stored names of which one would be dangerous.

    Raises:
        Damaged: with the reason, naming the name.
    """
    column = b"\0".join([*names, b""])
    if b"~" not in column and _ALL_PLAIN.fullmatch(column) and column.count(b"\0") == len(names):
        return
    for name in names:
        reason = unsafe_reason(name)
        if reason is not None:
            raise Damaged("unsafe-name", f"the stored name {name!r} is refused: {reason}")


def _folds_to_own_folder(name: bytes) -> bool:
    text = name.decode("utf-8", "surrogateescape")
    visible = "".join(character for character in text if not _is_ignorable(character))
    folded = unicodedata.normalize("NFKC", visible).casefold()
    bare = folded.split(":", 1)[0].rstrip(". ")
    return bare == OWN_FOLDER.decode() or bool(_SHORT_FORM.fullmatch(bare))


def _is_ignorable(character: str) -> bool:
    point = ord(character)
    return any(first <= point <= last for first, last in _IGNORABLE)
