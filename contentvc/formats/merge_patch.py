"""JSON Merge Patch (RFC 7396): the members of a document that change, each with its new value.

A member that is to go has the value null; so a merge patch cannot make anything null, and arrays
are replaced whole.
"""

from contentvc.formats.exchange import dump_value
from contentvc.formats.items import Value
from contentvc.formats.json_pointer import Pointer, pointer_text

__all__ = ["Inexpressible", "apply", "make"]


class Inexpressible(Exception):
    """A change that a merge patch has no words for."""


def make(old: Value, new: Value) -> Value:
    """The merge patch that turns one document into another; `apply` gives the new one back.

    An empty object changes nothing.

    Raises:
        Inexpressible: a member becomes null, or comes with a null in it.
    """
    return _made((), old, new)


def apply(document: Value, patch: Value) -> Value:
    """The document with the patch in it. The one given stays as it is."""
    if not isinstance(patch, dict):
        return patch
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = apply(result.get(key), value)
    return result


def _made(at: Pointer, old: Value, new: Value) -> Value:
    if not isinstance(old, dict) or not isinstance(new, dict):
        _check_no_nulls(at, new)
        return new
    patch: dict[str, Value] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key in old and _is_same(old[key], value):
            continue
        if value is None:
            raise _no_null((*at, key))
        made = _made((*at, key), old.get(key), value)
        if made != {} or not isinstance(old.get(key), dict):  # else only the order of keys differs
            patch[key] = made
    return patch


def _check_no_nulls(at: Pointer, value: Value) -> None:
    """Refuse nulls that applying would take for members that go; those in arrays stay."""
    if isinstance(value, dict):
        for key, one in value.items():
            if one is None:
                raise _no_null((*at, key))
            _check_no_nulls((*at, key), one)


def _is_same(old: Value, new: Value) -> bool:
    return dump_value(old) == dump_value(new)


def _no_null(at: Pointer) -> Inexpressible:
    return Inexpressible(f'a merge patch cannot make "{pointer_text(at)}" null')
