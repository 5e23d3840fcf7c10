"""Finding out whether a storage keeps its promise before anything is trusted to it.

Some S3 servers, gateways and mounts accept the condition of `create` and ignore it. On those two
writers would both believe that they had won, and one of their operations would be lost.
"""

from collections.abc import Callable
from typing import Final

from contentvc.errors import Busy, NotAllowed
from contentvc.storage.contract import AlreadyExists, NotFound, Storage, Unclear
from contentvc.storage.settle import ATTEMPTS, create_settled

__all__ = ["PROBE", "check_exclusive"]

PROBE: Final = "probe-"
"""What the names of probes start with; one may be left where a process was killed."""


def check_exclusive(storage: Storage, random: Callable[[int], bytes]) -> None:
    """Create one new name twice with different bytes; for the first write to any storage.

    The probe's name is removed again, also when the storage is refused.

    Args:
        storage: any storage, empty or not.
        random: as many random bytes as asked for.

    Raises:
        NotAllowed: writing is not safe there (``unsafe-storage``), with the reason.
        Busy: answers stay unclear (``storage-failed``).
    """
    name = f"{PROBE}{random(16).hex()}"
    first, second = b"first " + random(16), b"second " + random(16)
    try:
        _check(storage, name, first, second)
    finally:
        storage.delete(name)


def _check(storage: Storage, name: str, first: bytes, second: bytes) -> None:
    try:
        create_settled(storage, name, first)
    except AlreadyExists as error:
        raise _unsafe("it says that a new name exists, or keeps other bytes") from error
    if not _is_refused(storage, name, second):
        raise _unsafe("it creates a name that exists a second time")
    try:
        kept = storage.read(name)
    except NotFound as error:
        raise _unsafe("it loses what was created") from error
    if kept != first:
        raise _unsafe("it replaces the bytes of a name that exists, although it says that it fails")


def _is_refused(storage: Storage, name: str, content: bytes) -> bool:
    for _ in range(ATTEMPTS):
        try:
            storage.create(name, content)
        except Unclear:
            continue
        except AlreadyExists:
            return True
        return False
    raise Busy("storage-failed", f"the storage did not answer {ATTEMPTS} times", "try again later")


def _unsafe(reason: str) -> NotAllowed:
    return NotAllowed(
        "unsafe-storage",
        f"the storage does not create names exclusively: {reason}",
        "use a storage that honours conditional writes, or update its server",
    )
