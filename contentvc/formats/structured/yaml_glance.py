"""A glance at YAML: whether it is surely sound, without what reads its values.

A commit looks at files that nobody asked it to validate; the format itself, which knows for sure,
takes longer to import than such a commit takes.
"""

import re
from typing import Any, Final

from contentvc.formats.structured.yaml_library import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    ScalarEvent,
    YamlFault,
    events,
)

__all__ = ["is_surely_yaml"]

_DEPTH: Final = 32
_NUMBERLIKE: Final = re.compile(r"[-+.0-9]")
_SHORT: Final = 32
"""Characters of what may be a number: more may be one that is refused."""


def is_surely_yaml(text: str) -> bool:
    """Whether the format would find nothing wrong; False also where that takes more than a glance.

    Aliases, tags, merge keys, keys that are collections, and what may be a long number are left to
    the format.
    """
    try:
        return _Glance().is_plain(text)
    except YamlFault:
        return False


class _Glance:
    """The keys of the collections that are open; None of a list."""

    def __init__(self) -> None:
        self._open: list[set[str] | None] = []
        self._is_key: list[bool] = []

    def is_plain(self, text: str) -> bool:
        for event in events(text):
            if isinstance(event, CollectionEndEvent):
                self._open.pop()
                self._is_key.pop()
                self._step()
            elif isinstance(event, ScalarEvent):
                if not self._is_plain_scalar(event):
                    return False
            elif isinstance(event, CollectionStartEvent):
                if event.anchor or event.tag or self._at_key() or len(self._open) >= _DEPTH:
                    return False
                is_mapping = isinstance(event, MappingStartEvent)
                self._open.append(set() if is_mapping else None)
                self._is_key.append(is_mapping)
            elif isinstance(event, AliasEvent):
                return False
        return True

    def _is_plain_scalar(self, event: Any) -> bool:
        text, is_plain = event.value, event.implicit[0]
        if event.anchor or event.tag or text == "<<":
            return False
        if is_plain and len(text) > _SHORT and _NUMBERLIKE.match(text):
            return False
        keys = self._open[-1] if self._open else None
        if keys is not None and self._at_key():
            if text in keys:
                return False
            keys.add(text)
        self._step()
        return True

    def _at_key(self) -> bool:
        return bool(self._is_key) and self._is_key[-1]

    def _step(self) -> None:
        """From a key to its value, and on to the next key."""
        if self._open and self._open[-1] is not None:
            self._is_key[-1] = not self._is_key[-1]
