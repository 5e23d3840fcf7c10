"""PyYAML: what is taken from it. Its C parser where it is built in, the Python one elsewhere."""

from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
)

__all__ = [
    "RESOLVERS",
    "AliasEvent",
    "CollectionEndEvent",
    "CollectionStartEvent",
    "DocumentStartEvent",
    "MappingStartEvent",
    "ScalarEvent",
    "YamlFault",
    "constructed",
    "events",
]

RESOLVERS: Final[dict[str, Any]] = yaml.SafeLoader.yaml_implicit_resolvers
"""By a plain scalar's first sign: tags, and the patterns of what has them."""
_LOADER: Final[Any] = getattr(yaml, "CLoader", yaml.Loader)
_CONSTRUCTOR: Final[Any] = SafeConstructor()


class YamlFault(Exception):
    """What the parser finds wrong; line and column from 0, where it says."""

    def __init__(self, words: str, line: int | None, column: int | None) -> None:
        super().__init__(words)
        self.line = line
        self.column = column


def events(text: str) -> Iterator[Any]:
    """What the parser finds, one after another; marks count characters.

    Raises:
        YamlFault: the text is malformed.
    """
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = ", ".join(filter(None, [error.context, error.problem]))
        line, column = (None, None) if mark is None else (mark.line, mark.column)
        raise YamlFault(words, line, column) from error
    except yaml.YAMLError as error:
        raise YamlFault(str(error), None, None) from error


def constructed(kind: str, tag: str, text: str) -> Any:
    """The value of a scalar whose tag is one of the core's.

    Raises:
        ValueError: the text is none of that kind, or a number with too many digits.
    """
    try:
        return getattr(_CONSTRUCTOR, f"construct_yaml_{kind}")(yaml.ScalarNode(tag, text))
    except (KeyError, IndexError, ConstructorError) as error:
        raise ValueError(f"{text!r} is no {kind}") from error
