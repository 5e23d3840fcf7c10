"""Fields: what differs between two values, place by place."""

from collections.abc import Iterator

from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.items import Path, Tagged, Value

__all__ = ["value_changes"]


def value_changes(old: Value, new: Value, path: Path = ()) -> Iterator[ItemChange]:
    """The changes that turn one value into another, in the order of the new one.

    Mappings are compared key by key, lists of one length place by place; anything else that is not
    the same is one change. A number is another than a truth value, and than one of another kind.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mapping_changes(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from value_changes(before, after, (*path, place))
    elif not _is_same(old, new):
        yield ItemChange(path, ItemKind.CHANGED, old, new)


def _mapping_changes(
    old: dict[str, Value], new: dict[str, Value], path: Path
) -> Iterator[ItemChange]:
    for key, after in new.items():
        if key in old:
            yield from value_changes(old[key], after, (*path, key))
        else:
            yield ItemChange((*path, key), ItemKind.ADDED, None, after)
    for key, before in old.items():
        if key not in new:
            yield ItemChange((*path, key), ItemKind.DELETED, before, None)


def _is_same(old: Value, new: Value) -> bool:
    if type(old) is not type(new):
        return False
    if isinstance(old, Tagged) and isinstance(new, Tagged):
        return old.tag == new.tag and not any(value_changes(old.value, new.value))
    is_nan = old != old and new != new  # noqa: PLR0124 - the one value that is not itself
    return is_nan or old == new
