"""Keys: by which fields records are known."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from contentvc.formats.changes import Duplicate, KeyChoice
from contentvc.formats.items import Keyed
from contentvc.formats.records.dialect import Key

__all__ = ["NO_KEY", "candidates", "choose_key", "duplicates", "keyed"]

NO_KEY: Final = KeyChoice(())
_NAMES: Final = (
    re.compile(r"id", re.IGNORECASE),
    re.compile(r".*(?:[_\- .]id|[a-z]I[dD])", re.IGNORECASE),
    re.compile(r"uuid|guid", re.IGNORECASE),
    re.compile(r"key|.*[_\- .]key", re.IGNORECASE),
    re.compile(r"name", re.IGNORECASE),
)
"""Names of fields that are likely keys, the likeliest first; after them comes the first field."""
_LINES: Final = 5
"""Places that are told of a key that is there more than once."""

KeysBy = Callable[[tuple[str, ...]], Sequence[Key | None]]
"""The keys of the records of one version by these fields."""


def candidates(names: Sequence[str]) -> list[str]:
    """Fields that may be the key, in the order they are tried: names, then the first of all."""
    ranked = [name for pattern in _NAMES for name in names if pattern.fullmatch(name)]
    return list(dict.fromkeys([*ranked, *names[:1]]))


def choose_key(
    declared: tuple[str, ...], names: Sequence[str], versions: Sequence[KeysBy]
) -> tuple[KeyChoice, list[Sequence[Key | None]]]:
    """By what records are matched, and the keys of each version by it.

    Declared fields are taken as they are. Else the first of `candidates` that every record of
    every version has, each with another value; else there is no key.
    """
    if declared:
        return KeyChoice(declared), [keys(declared) for keys in versions]
    for name in candidates(names):
        found: list[Sequence[Key | None]] = []
        for keys in versions:
            found.append(keys((name,)))
            if not _is_unique(found[-1]):
                break
        else:
            return KeyChoice((name,), inferred=True), found
    return NO_KEY, []


def keyed(choice: KeyChoice, key: Key) -> Keyed:
    """The name of a record."""
    return Keyed(choice.fields, key)


def duplicates(
    choice: KeyChoice,
    keys: Sequence[Key | None],
    side: str,
    lines_of: Callable[[Sequence[int]], Iterable[int]],
) -> Iterator[Duplicate]:
    """Keys that more than one record has, in the order of their first record.

    Args:
        choice: what the keys are of.
        keys: of the records of one version, in order.
        side: the version's word.
        lines_of: the lines of records at ascending places; nothing where none are known.
    """
    if len(set(keys)) == len(keys):
        return
    places: dict[Key, list[int]] = {}
    for place, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(place)
    for key, found in places.items():
        if len(found) > 1:
            yield Duplicate(keyed(choice, key), side, tuple(lines_of(found[:_LINES])))


def _is_unique(keys: Sequence[Key | None]) -> bool:
    return None not in keys and len(set(keys)) == len(keys)
