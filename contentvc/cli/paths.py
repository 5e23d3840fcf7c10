"""Paths: between what a person types or reads, relative to where they stand, and a repository's."""

import os

from contentvc.cli.escape import escape
from contentvc.errors import Usage

__all__ = ["inside", "relative"]


def inside(root: bytes, here: bytes, text: str) -> bytes:
    """The path in the working tree that a person means; empty for the root itself.

    The text is taken as it is written: a symlink at its end is meant itself, and ``..`` takes one
    name away, as in git.

    Args:
        root: the folder whose content is recorded, without symlinks on the way to it.
        here: where the person stands, likewise.
        text: relative to `here`, or absolute.

    Raises:
        Usage: it is outside of the working tree, or no path.
    """
    named = os.fsencode(text)
    if not named or b"\0" in named:
        raise Usage("bad-value", f"{text!r} is not a path")
    whole = os.path.normpath(os.path.join(here, named))
    found = _below(root, whole)
    if found is None:  # perhaps the same place by another name, as /tmp on macOS
        folder, name = os.path.split(whole)
        found = _below(root, os.path.join(os.path.realpath(folder), name))
    if found is None:
        raise Usage(
            "bad-value",
            f"{text} is outside of the working tree {escape(root)}",
            "give paths inside of it",
        )
    return found


def relative(path: bytes, standing: bytes) -> bytes:
    """A repository's path as seen from the folder `standing` of the working tree."""
    if not standing:
        return path
    names, above = path.split(b"/"), standing.split(b"/")
    shared = 0
    while shared < min(len(names) - 1, len(above)) and names[shared] == above[shared]:
        shared += 1
    return b"/".join([b".."] * (len(above) - shared) + names[shared:])


def _below(root: bytes, whole: bytes) -> bytes | None:
    if whole == root:
        return b""
    start = root if root.endswith(b"/") else root + b"/"
    return whole[len(start) :] if whole.startswith(start) else None
