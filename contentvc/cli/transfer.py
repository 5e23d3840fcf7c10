"""Transfer: how much went over to another replica or came from one, and how fast."""

from contentvc.cli.documents import Json
from contentvc.cli.units import count, size

__all__ = ["transfer_json", "transferred"]


def transferred(objects: int, octets: int, seconds: float) -> str:
    """``: 12 objects, 3 KB, 1 MB/s``, to follow what was done; empty where nothing went over."""
    if not objects:
        return ""
    rate = f", {size(int(octets / seconds))}/s" if seconds >= 1 else ""
    return f": {count(objects, 'object')}, {size(octets)}{rate}"


def transfer_json(objects: int, octets: int, seconds: float) -> dict[str, Json]:
    """The same for programs."""
    return {"objects": objects, "bytes": octets, "seconds": round(seconds, 3)}
