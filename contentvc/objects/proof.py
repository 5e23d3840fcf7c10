"""Proof: that bytes are those of the object whose id they are found under."""

from contentvc.errors import Damaged
from contentvc.ids import ID_BYTES, Kind, ObjectId, keyed_id, object_id, short

__all__ = ["check_object"]


def check_object(kind: Kind, identifier: ObjectId, content: bytes) -> None:
    """Whether bytes are those of an object: that they hash to its id, or to a list's own.

    Raises:
        Damaged: they are not.
    """
    if kind is Kind.LIST:
        is_sound = keyed_id(kind, content[ID_BYTES:]) == content[:ID_BYTES]
    else:
        is_sound = object_id(kind, content) == identifier
    if not is_sound:
        raise Damaged(
            "damaged",
            f"object {short(identifier)} is not what it was",
            "run: contentvc verify",
            object=identifier.hex(),
        )
