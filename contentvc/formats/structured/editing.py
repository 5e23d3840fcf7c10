"""Editing: a value with items set, taken out or moved, by path."""

from collections.abc import Sequence

from contentvc.errors import Conflict, Missing
from contentvc.formats.changes import ItemChange, ItemKind
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Path, Step, Tagged, Value, item_name
from contentvc.formats.structured.matching import keyed

__all__ = ["applied", "at", "with_item", "without_item"]


def at(root: Value, path: Path) -> Value:
    """The value there.

    Raises:
        Missing: there is none (``unknown-item``).
    """
    value = root
    for step in path:
        value = _inner(value)
        try:
            value = value[_place(value, step)]  # type: ignore[index]
        except (KeyError, IndexError, TypeError) as error:
            raise _no_item(path) from error
    return value


def with_item(root: Value, path: Path, value: Value) -> Value:
    """The value with one item set: changed, or put at the end of what it is in.

    Raises:
        Missing: what it would be in is not there (``unknown-item``).
    """
    if not path:
        return value
    made = _copy(root)
    _set(made, path, value)
    return made


def without_item(root: Value, path: Path) -> Value:
    """The value without one item, which may not be there.

    Raises:
        Missing: what it would be in is not there (``unknown-item``).
    """
    made = _copy(root)
    parent = _inner(at(made, path[:-1]))
    try:
        del parent[_place(parent, path[-1])]  # type: ignore[union-attr, arg-type]
    except (KeyError, IndexError):
        return root
    except TypeError as error:
        raise _no_item(path) from error
    return made


def applied(root: Value, changes: Sequence[ItemChange]) -> Value:
    """The value with these changes made.

    Raises:
        Conflict: what they expect is not so (``does-not-fit``).
    """
    made = _copy(root)
    try:
        # Taken out with what was deleted inside, to be put in so.
        moved = {_source(one): _removed(made, one) for one in _removals(changes)}
        for one in changes:
            made = _make(made, one, moved)
    except Missing as error:
        raise _does_not_fit(error.message) from error
    return made


def _removals(changes: Sequence[ItemChange]) -> list[ItemChange]:
    """What leaves its place, the last one first, so that places stay what they are."""
    gone = [one for one in changes if one.kind in (ItemKind.DELETED, ItemKind.MOVED)]
    return sorted(gone, key=lambda one: [_order(step) for step in _source(one)], reverse=True)


def _order(step: Step) -> int:
    return step if isinstance(step, int) else -1


def _source(change: ItemChange) -> Path:
    return change.path if change.source is None else change.source


def _removed(root: Value, change: ItemChange) -> Value:
    path = _source(change)
    value = at(root, path)
    if change.kind is ItemKind.DELETED and not is_same(value, change.old):
        raise _differs(path)
    parent = _inner(at(root, path[:-1]))
    del parent[_place(parent, path[-1])]  # type: ignore[union-attr, arg-type]
    return value


def _make(root: Value, change: ItemChange, moved: dict[Path, Value]) -> Value:
    path = change.path
    if change.kind is ItemKind.DELETED:
        return root
    if change.kind is ItemKind.CHANGED:
        if not is_same(at(root, path), change.old):
            raise _differs(path)
        if not path:
            return change.new
        _set(root, path, _copy(change.new))
        return root
    is_moved = change.kind is ItemKind.MOVED
    value = moved[_source(change)] if is_moved else _copy(change.new)
    parent = _inner(at(root, path[:-1]))
    step = path[-1]
    if isinstance(parent, list):
        place = step if isinstance(step, int) else len(parent)
        if place > len(parent):
            raise _no_item(path)
        parent.insert(place, value)
    elif isinstance(parent, dict) and step not in parent:
        parent[str(step)] = value
    else:
        raise _differs(path)
    return root


def _set(root: Value, path: Path, value: Value) -> None:
    parent, step = _inner(at(root, path[:-1])), path[-1]
    if isinstance(parent, dict) and isinstance(step, str):
        parent[step] = value
    elif isinstance(parent, list) and not isinstance(step, str):
        try:
            parent[_place(parent, step)] = value  # type: ignore[index]
        except (KeyError, IndexError):
            if isinstance(step, int) and step != len(parent):
                raise _no_item(path) from None
            parent.append(value)
    else:
        raise _no_item(path)


def _place(value: Value, step: Step) -> Step:
    """The step as a key or a place of this very collection."""
    if isinstance(value, dict) and isinstance(step, int):
        return str(step)
    if not isinstance(step, Keyed):
        return step
    for place, one in enumerate(value if isinstance(value, list) else ()):
        if _has(one, step):
            return place
    raise KeyError(step)


def _has(element: Value, step: Keyed) -> bool:
    if not isinstance(element, dict) or not all(name in element for name in step.fields):
        return False
    return keyed(element, step.fields) == step


def _inner(value: Value) -> Value:
    return value.value if isinstance(value, Tagged) else value


def _copy(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _copy(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copy(one) for one in value]
    return Tagged(value.tag, _copy(value.value)) if isinstance(value, Tagged) else value


def _no_item(path: Path) -> Missing:
    name = item_name(path)
    return Missing("unknown-item", f"there is no {name}", "see the file for what it has", item=name)


def _differs(path: Path) -> Conflict:
    return _does_not_fit(f"{item_name(path) or 'the document'} is not what it was expected to be")


def _does_not_fit(message: str) -> Conflict:
    return Conflict("does-not-fit", message, "these changes were made from another version")
