"""The JSON Patch that turns one document into another."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from contentvc.formats.exchange import NotJson, dump_value
from contentvc.formats.items import Tagged, Value
from contentvc.formats.json_pointer import pointer_text
from contentvc.formats.sequences import shared_runs

__all__ = ["make"]

_Steps: TypeAlias = "tuple[str | int, ...]"
_Patch: TypeAlias = "Iterator[dict[str, Value]]"


def make(old: Value, new: Value, *, with_tests: bool = False) -> list[Value]:
    """The operations that make one document of another, in an order in which they apply.

    `json_patch.apply` gives the new document back, but for the order of keys. Arrays are compared
    by what they share in order, and changed from their ends, so that places count in them as they
    are then.

    Args:
        old: the document that the patch is for.
        new: what it makes of it.
        with_tests: each value that is replaced or removed is tested before, so that the patch fits
            no other document.

    Raises:
        NotJson: a value that JSON has no word for is in what changes.
    """
    maker = _Maker(with_tests=with_tests)
    return list(maker.changes((), old, new))


class _Maker:
    def __init__(self, *, with_tests: bool) -> None:
        self._with_tests = with_tests

    def changes(self, at: _Steps, old: Value, new: Value) -> _Patch:
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._members(at, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._elements(at, old, new)
        elif not _is_identical(old, new):
            yield from self._tested(at, old)
            yield {"op": "replace", "path": pointer_text(at), "value": _plain(new)}

    def _members(self, at: _Steps, old: dict[str, Value], new: dict[str, Value]) -> _Patch:
        for key, value in old.items():
            if key not in new:
                yield from self._removed((*at, key), value)
        for key, value in new.items():
            if key in old:
                yield from self.changes((*at, key), old[key], value)
            else:
                yield {"op": "add", "path": pointer_text((*at, key)), "value": _plain(value)}

    def _elements(self, at: _Steps, old: list[Value], new: list[Value]) -> _Patch:
        for gap in reversed(list(_gaps(old, new))):
            old_start, old_end, new_start, new_end = gap
            paired = min(old_end - old_start, new_end - new_start)
            for place in reversed(range(old_start + paired, old_end)):
                yield from self._removed((*at, place), old[place])
            for offset in range(paired, new_end - new_start):
                path = pointer_text((*at, old_start + offset))
                yield {"op": "add", "path": path, "value": _plain(new[new_start + offset])}
            for offset in range(paired):
                before, after = old[old_start + offset], new[new_start + offset]
                yield from self.changes((*at, old_start + offset), before, after)

    def _removed(self, at: _Steps, value: Value) -> _Patch:
        yield from self._tested(at, value)
        yield {"op": "remove", "path": pointer_text(at)}

    def _tested(self, at: _Steps, value: Value) -> _Patch:
        if self._with_tests:
            yield {"op": "test", "path": pointer_text(at), "value": _plain(value)}


def _gaps(old: Sequence[Value], new: Sequence[Value]) -> Iterator[tuple[int, int, int, int]]:
    """Where two arrays differ, between what they share."""
    olds, news = list(map(dump_value, old)), list(map(dump_value, new))
    i = j = 0
    for run in [*shared_runs(olds, news), (len(old), len(new), 0)]:
        if i < run[0] or j < run[1]:
            yield i, run[0], j, run[1]
        i, j = run[0] + run[2], run[1] + run[2]


def _is_identical(old: Value, new: Value) -> bool:
    """Whether two values are written the same: 1 and 1.0 are two values here."""
    return dump_value(old) == dump_value(new)


def _plain(value: Value) -> Value:
    """The value, if JSON has a word for all of it."""
    if isinstance(value, Tagged):
        raise NotJson(f"JSON has no word for a value with the tag {value.tag}")
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, float) and value - value != 0:
        raise NotJson(f"JSON has no word for the number {value}")
    return value
