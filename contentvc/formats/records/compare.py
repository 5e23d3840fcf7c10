"""What differs between two records, by field and below, told strictly apart by type."""

from collections.abc import Iterator

from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.items import Path, Tagged, Value

__all__ = ["differences", "equal"]


def equal(old: Value, new: Value) -> bool:
    """Whether two values are the same: true is not 1, 1 is not 1.0, NaN is NaN.

    The order of an object's members means nothing.
    """
    if type(old) is not type(new):
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(equal(old[name], new[name]) for name in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(equal, old, new))
    if isinstance(old, Tagged) and isinstance(new, Tagged):
        return old.tag == new.tag and equal(old.value, new.value)
    return old == new or (old != old and new != new)  # noqa: PLR0124 - what NaN is known by


def differences(old: Value, new: Value, path: Path = ()) -> Iterator[ItemChange]:
    """The fields that differ, in the order of the new record, what was deleted last.

    Objects are entered, and lists of one length; other lists count as a whole.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _of_members(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, (*path, place))
    elif not equal(old, new):
        yield ItemChange(path, ItemKind.CHANGED, old, new)


def _of_members(old: dict[str, Value], new: dict[str, Value], path: Path) -> Iterator[ItemChange]:
    for name, value in new.items():
        before = old.get(name)
        if before is None and name not in old:
            yield ItemChange((*path, name), ItemKind.ADDED, None, value)
        elif isinstance(value, str) and isinstance(before, str):
            # Most fields are text: half the time of a comparison is saved here.
            if before != value:
                yield ItemChange((*path, name), ItemKind.CHANGED, before, value)
        else:
            yield from differences(before, value, (*path, name))
    for name, value in old.items():
        if name not in new:
            yield ItemChange((*path, name), ItemKind.DELETED, value, None)
