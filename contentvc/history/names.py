"""Names of refs: which are allowed, and how a short name is completed."""

import re
from collections.abc import Mapping
from typing import Final

from contentvc import limits
from contentvc.errors import Usage
from contentvc.history.view import Ref

__all__ = [
    "BRANCH",
    "NOTE",
    "REMOTE",
    "REMOTE_NOTE",
    "STASH",
    "TAG",
    "check_ref_name",
    "full_name",
    "short_name",
]

BRANCH: Final = "branch/"
TAG: Final = "tag/"
REMOTE: Final = "remote/"
STASH: Final = "stash/"
"""Changes set aside in this repository; they never leave the machine."""
NOTE: Final = "note/"
"""What was noted on commits after they were made: commits of their own, which no branch reaches."""
REMOTE_NOTE: Final = "remote-note/"
"""The notes of a remote when they were last fetched."""
_PREFIXES: Final = ("", TAG, BRANCH, REMOTE)
"""Tags before branches, as git resolves a name."""
_FORBIDDEN: Final = re.compile(
    r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|/\.|^\.|\.lock(/|$)"
)
"""git's rules for ref names, which keep revisions and ranges readable."""


def check_ref_name(name: str) -> None:
    """Refuse a name for a branch or tag that could not be told from a revision or a flag.

    Raises:
        Usage: with the reason.
    """
    too_long = len(name.encode("utf-8", "surrogatepass")) > limits.REF_NAME_BYTES
    if not name or name in ("@", "HEAD") or too_long or _FORBIDDEN.search(name):
        raise Usage(
            "bad-name",
            f"{name!r} cannot be the name of a branch or tag",
            "use letters, digits, - _ . and /, not starting with - or . and not ending with . or /",
        )
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise Usage("bad-name", f"{name!r} is not valid text")


def full_name(name: str, refs: Mapping[str, Ref]) -> str | None:
    """The ref that a person means by `name`; None when there is none."""
    for prefix in _PREFIXES:
        if prefix + name in refs:
            return prefix + name
    return None


def short_name(ref: str) -> str:
    """A ref as people write it: without ``branch/``, ``tag/`` or ``remote/``."""
    for prefix in (BRANCH, TAG, REMOTE):
        if ref.startswith(prefix):
            return ref[len(prefix) :]
    return ref
