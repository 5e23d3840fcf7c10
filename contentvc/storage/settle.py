"""Creating a name until the answer is definite."""

from typing import Final

from contentvc.errors import Busy
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, Unclear

__all__ = ["ATTEMPTS", "create_settled"]

ATTEMPTS: Final = 10
"""Answers lost in a row before giving up: a storage that loses that many is out of reach."""


def create_settled(storage: Storage, name: str, content: bytes, attempts: int = ATTEMPTS) -> None:
    """Afterwards the storage holds exactly these bytes under the name, durably.

    An answer may be lost, or repeated, so "it exists" says nothing about who made it. What does
    is the bytes: equal ones are ours, as every operation holds a random nonce.

    Raises:
        AlreadyExists: other bytes were there first, and have been read.
        Busy: the answer stays unclear (``storage-failed``): the bytes may be there or not.
    """
    for _ in range(attempts):
        try:
            storage.create(name, content)
        except Unclear:
            continue
        except AlreadyExists:
            try:
                found = storage.read(name, (0, len(content) + 1))
            except NotFound:
                continue  # gone meanwhile: the next answer tells
            if found != content:
                raise
        return
    raise Busy(
        "storage-failed",
        f"whether {name} was created is still unclear after {attempts} attempts",
        "it may have been: look at the last operations before trying again",
    )
