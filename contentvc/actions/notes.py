"""Notes: attributes of commits that are already made, which they do not change.

They are kept by a commit of their own, which the ref ``note/commits`` names. Its tree has one empty
file for each commit with notes: the name is the commit's id in hexadecimal, and the notes are the
attributes of that entry. So notes have a history, and two lines of them merge key by key as any
two trees do.
"""

import re
from collections.abc import Mapping
from typing import Final

from contentvc.history.names import NOTE
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.attributes import Attributes

__all__ = ["NOTES", "notes_by_commit", "notes_of", "notes_tree"]

NOTES: Final = f"{NOTE}commits"
_ID: Final = re.compile(rb"[0-9a-f]{%d}" % (2 * ID_BYTES))


def notes_of(repository: Repository, commit: ObjectId) -> Attributes:
    """What was noted on a commit."""
    tree = notes_tree(repository)
    entry = None if tree is None else repository.entry(tree, commit.hex().encode())
    return () if entry is None else entry.attributes


def notes_by_commit(repository: Repository) -> Mapping[ObjectId, Attributes]:
    """All notes, for whoever looks at many commits."""
    tree = notes_tree(repository)
    if tree is None:
        return {}
    return {
        ObjectId(bytes.fromhex(entry.name.decode())): entry.attributes
        for entry in repository.entries(tree)
        if _ID.fullmatch(entry.name)
    }


def notes_tree(repository: Repository) -> ObjectId | None:
    """The tree that has the notes; None where there are none yet."""
    ref = repository.view.refs.get(NOTES)
    return None if ref is None else repository.commit(ref.id).tree
