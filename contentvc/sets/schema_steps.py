"""Schema steps: how much work one value is for a schema, told before any value is checked.

Counted are the subschemas that may be applied along one way into a value: all that apply to the
same place, and of those that apply to different members only the longest. References multiply
them: twenty that are each used twice are a million steps.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin

from contentvc import limits

__all__ = ["TooManySteps", "grows", "steps"]

_ONE: Final = (
    "not", "if", "then", "else", "additionalProperties", "additionalItems", "items", "contains",
    "propertyNames", "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_EACH: Final = ("allOf", "anyOf", "oneOf")
_EACH_NAMED: Final = ("patternProperties", "dependentSchemas", "dependencies")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_FEW: Final = 6
_MANY: Final = 12
"""References followed one after the other."""
_GROWTH: Final = 16
"""Between the two, work that grows by the power of a value's depth grows more than this; work that
grows with it, or with its square, a fourth of it."""


class TooManySteps(Exception):
    """A schema that is too much work."""


def steps(documents: Mapping[str, Any], start: str) -> int:
    """The steps of the document at the URI `start`, recursion counted once.

    Raises:
        TooManySteps: it has too many subschemas, or references that lead on too far.
    """
    return _Counting(documents, None).of_document(start)


def grows(documents: Mapping[str, Any], start: str) -> bool:
    """Whether steps multiply with each reference that is followed, as in a recursion that doubles.

    The library, which checks such a schema quickly, would take ages to tell where it breaks.
    """
    try:
        few, many = (_Counting(documents, fuel).of_document(start) for fuel in (_FEW, _MANY))
    except TooManySteps:
        return True
    return many > _GROWTH * few


class _Counting:
    def __init__(self, documents: Mapping[str, Any], fuel: int | None) -> None:
        self._fuel = fuel
        self._calls = 0
        self._known: dict[tuple[int, int | None], int] = {}
        self._named: dict[str, tuple[Any, str]] = {}
        for uri, document in documents.items():
            self._name(document, uri)

    def of_document(self, uri: str) -> int:
        try:
            return self._of(self._named[uri][0], uri, self._fuel)
        except RecursionError:
            raise TooManySteps from None

    def _name(self, document: Any, uri: str) -> None:
        """Note what references can name: documents, their parts with ids, and anchors."""
        self._named[uri] = document, uri
        walk = [(document, uri)]
        while walk:
            node, base = walk.pop()
            if isinstance(node, dict):
                base = _base(node, base)
                self._named.setdefault(base, (node, base))
                for key in _ANCHORS:
                    if isinstance(node.get(key), str):
                        self._named[f"{base}#{node[key]}"] = node, base
                walk += [(member, base) for member in node.values()]
            elif isinstance(node, list):
                walk += [(member, base) for member in node]

    def _of(self, node: Any, base: str, fuel: int | None) -> int:
        if not isinstance(node, dict):
            return 1
        place = id(node), fuel
        found = self._known.get(place)
        if found is not None:
            return found
        self._calls += 1
        self._known[place] = 1  # for a recursion that comes back here
        inner = _base(node, base)
        count = 1 + sum(self._of(one, inner, fuel) for one in _applied(node))
        count += max((self._of(one, inner, fuel) for one in _apart(node)), default=0)
        count += sum(self._referred(node[key], inner, fuel) for key in _REFERENCES if key in node)
        if max(count, self._calls) > limits.SCHEMA_STEPS:
            raise TooManySteps
        self._known[place] = count
        return count

    def _referred(self, reference: Any, base: str, fuel: int | None) -> int:
        if fuel == 0 or not isinstance(reference, str):
            return 1
        found = self._found(urljoin(base, reference))
        return 1 if found is None else self._of(*found, None if fuel is None else fuel - 1)

    def _found(self, uri: str) -> tuple[Any, str] | None:
        document, fragment = urldefrag(uri)
        if fragment and not fragment.startswith("/"):
            return self._named.get(uri)
        found = self._named.get(document)
        if found is None:
            return None
        node, base = found
        for name in unquote(fragment).split("/")[1:]:
            key = name.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and key.isdecimal() and int(key[:9]) < len(node):
                node = node[int(key[:9])]
            elif isinstance(node, dict) and key in node:
                node = node[key]
            else:
                return None
            base = _base(node, base)
        return node, base


def _base(node: Any, base: str) -> str:
    own = node.get("$id") if isinstance(node, dict) else None
    return urldefrag(urljoin(base, own))[0] if isinstance(own, str) else base


def _applied(node: Mapping[str, Any]) -> Iterator[Any]:
    """Subschemas that may all apply along one way into a value."""
    yield from (node[key] for key in _ONE if key in node)
    for key in _EACH:
        if isinstance(node.get(key), list):
            yield from node[key]
    for key in _EACH_NAMED:
        if isinstance(node.get(key), dict):
            yield from node[key].values()


def _apart(node: Mapping[str, Any]) -> Iterator[Any]:
    """Subschemas that apply to different members of a value."""
    for key in ("properties", "items", "prefixItems"):
        members = node.get(key)
        if isinstance(members, list):
            yield from members
        elif isinstance(members, dict) and key == "properties":
            yield from members.values()
