"""JSON Patch (RFC 6902): changes of a JSON document as operations that are made in order.

Numbers are kept with their digits and compared by value. The patch is hostile: how much its copies
may make of a document, and how deep, is limited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from contentvc import limits
from contentvc.errors import Conflict, Usage
from contentvc.formats.exchange import measured
from contentvc.formats.items import Tagged, Value
from contentvc.formats.json_pointer import Pointer, place_in, pointer_text, read_pointer

__all__ = ["Operation", "apply", "read_patch", "same"]

_END: Final = "-"
"""The step that means the place after the last element."""
_WITH_VALUE: Final = frozenset({"add", "replace", "test"})
_WITH_SOURCE: Final = frozenset({"move", "copy"})
_WORDS: Final = _WITH_VALUE | _WITH_SOURCE | {"remove"}
_Container: TypeAlias = "dict[str, Value] | list[Value]"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a patch."""

    op: str
    path: Pointer
    source: Pointer = ()
    """``from``, of move and copy."""
    value: Value = None
    """Of add, replace and test."""


def read_patch(patch: Value) -> list[Operation]:
    """The operations of a patch document; members it does not define are passed over.

    Raises:
        Usage: it is no patch, naming the operation (``bad-value``).
    """
    if not isinstance(patch, list):
        raise Usage("bad-value", "a JSON Patch is an array of operations")
    return [_operation(one, number) for number, one in enumerate(patch, 1)]


def apply(document: Value, operations: Sequence[Operation]) -> Value:
    """The document after all operations. The one given stays as it is.

    Raises:
        Conflict: an operation does not fit the document (``does-not-fit``).
        Usage: the document would become too large or too deep (``bad-value``).
    """
    work = _Work(document)
    for number, operation in enumerate(operations, 1):
        try:
            work.do(operation)
        except _Misfit as error:
            raise Conflict(
                "does-not-fit",
                f"operation {number} of the patch, {operation.op} "
                f'"{pointer_text(operation.path)}": {error}',
                "the document is not the one that the patch was made for",
                operation=number,
            ) from error
    return work.document


def same(a: Value, b: Value) -> bool:
    """Whether two values are equal as RFC 6902, section 4.6, has it: numbers by their value."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(one, b[key]) for key, one in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, Tagged) and isinstance(b, Tagged):
        return a.tag == b.tag and same(a.value, b.value)
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float | Decimal) and isinstance(b, int | float | Decimal):
        return _exact(a) == _exact(b)
    return type(a) is type(b) and a == b


class _Misfit(Exception):
    """Why an operation cannot be made."""


def _operation(given: Value, number: int) -> Operation:
    def fail(reason: str) -> Usage:
        return Usage("bad-value", f"operation {number} of the patch {reason}")

    if not isinstance(given, dict):
        raise fail("is no object")
    op, path = given.get("op"), given.get("path")
    if not isinstance(op, str) or op not in _WORDS:
        raise fail("has no op that JSON Patch knows")
    pointer = read_pointer(path) if isinstance(path, str) else None
    if pointer is None:
        raise fail("has no path that is a JSON Pointer")
    if op in _WITH_VALUE and "value" not in given:
        raise fail(f"has no value, which {op} needs")
    if op not in _WITH_SOURCE:
        return Operation(op, pointer, value=given.get("value"))
    start = given.get("from")
    source = read_pointer(start) if isinstance(start, str) else None
    if source is None:
        raise fail("has no from that is a JSON Pointer")
    return Operation(op, pointer, source)


class _Work:
    """A document of our own that operations change in place."""

    def __init__(self, document: Value) -> None:
        self._made = 0
        self.document = _copied(document)

    def do(self, operation: Operation) -> None:
        match operation.op:
            case "add":
                self._add(operation.path, self._own(operation.value, operation.path))
            case "remove":
                self._remove(operation.path)
            case "replace":
                self._replace(operation.path, self._own(operation.value, operation.path))
            case "move":
                self._move(operation.source, operation.path)
            case "copy":
                value = self._own(self._at(operation.source), operation.path)
                self._add(operation.path, value)
            case _:
                if not same(self._at(operation.path), operation.value):
                    raise _Misfit("the value there is another one")

    def _own(self, value: Value, path: Pointer) -> Value:
        """A copy, as far as the limits allow copies."""
        count, depth = measured(value)
        self._made += count
        if self._made > limits.PATCH_VALUES:
            raise Usage("bad-value", f"the patch makes more than {limits.PATCH_VALUES:,} values")
        _check_depth(len(path) + depth)
        return _copied(value)

    def _at(self, path: Pointer) -> Value:
        found = self.document
        for step in path:
            found = _child(found, step)
        return found

    def _parent(self, path: Pointer) -> _Container:
        parent = self._at(path[:-1])
        if not isinstance(parent, dict | list):
            raise _Misfit("what it would be in is neither an object nor an array")
        return parent

    def _add(self, path: Pointer, value: Value) -> None:
        if not path:
            self.document = value
            return
        parent, step = self._parent(path), path[-1]
        if isinstance(parent, dict):
            parent[step] = value
            return
        place = len(parent) if step == _END else place_in(step, len(parent) + 1)
        if place is None:
            raise _Misfit(f"the array has no place {step!r}")
        parent.insert(place, value)

    def _remove(self, path: Pointer) -> Value:
        if not path:
            raise _Misfit("a document is not without a value")
        parent, step = self._parent(path), path[-1]
        _child(parent, step)
        return parent.pop(step) if isinstance(parent, dict) else parent.pop(int(step))

    def _replace(self, path: Pointer, value: Value) -> None:
        if not path:
            self.document = value
            return
        parent, step = self._parent(path), path[-1]
        _child(parent, step)
        if isinstance(parent, dict):
            parent[step] = value
        else:
            parent[int(step)] = value

    def _move(self, source: Pointer, path: Pointer) -> None:
        if path == source:
            self._at(path)
            return
        if path[: len(source)] == source:
            raise _Misfit("a value cannot be moved into itself")
        _check_depth(len(path) + measured(self._at(source))[1])
        self._add(path, self._remove(source))


def _check_depth(depth: int) -> None:
    if depth > limits.PATCH_DEPTH:
        raise Usage("bad-value", f"the patch nests values deeper than {limits.PATCH_DEPTH}")


def _child(value: Value, step: str) -> Value:
    """What is at one step below a value."""
    if isinstance(value, dict) and step in value:
        return value[step]
    if isinstance(value, list):
        place = place_in(step, len(value))
        if place is not None:
            return value[place]
    raise _Misfit(f"there is no {step!r}")


def _copied(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value


def _exact(number: float | Decimal) -> Decimal | int:
    """A float counts as the number that is written for it: 0.1 is a tenth."""
    return Decimal(repr(number)) if isinstance(number, float) else number
