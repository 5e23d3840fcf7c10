"""Selection: the files of some content sets, as ``--set`` asks for them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from contentvc.errors import Missing
from contentvc.sets.declaration import Declaration
from contentvc.sets.patterns import literal_folder

__all__ = ["Selection", "select"]

_SHOWN: Final = 20
"""Names in a hint: a line or two."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of the sets that are declared."""

    declaration: Declaration
    names: frozenset[str]

    def has(self, path: bytes) -> bool:
        """Whether the set that counts for a path is one of them."""
        found = self.declaration.set_for(path)
        return found is not None and found.name in self.names

    def within(self, paths: Sequence[bytes]) -> tuple[bytes, ...]:
        """Files and folders that have all files of these sets below `paths`; they are few.

        Args:
            paths: files and folders; none are all.
        """
        folders = {
            literal_folder(pattern)
            for one in self.declaration.sets
            if one.name in self.names
            for pattern in one.paths
        }
        return tuple(sorted(_outermost(_met(paths or (b"",), folders))))


def select(declaration: Declaration, names: Sequence[str]) -> Selection:
    """The sets of these names.

    Raises:
        Missing: one is not declared (``unknown-set``).
    """
    known = [one.name for one in declaration.sets]
    for name in names:
        if name not in known:
            raise _unknown(name, known)
    return Selection(declaration, frozenset(names))


def _unknown(name: str, known: list[str]) -> Missing:
    if not known:
        return Missing(
            "unknown-set",
            f"there is no content set {name!r}: contentvc.toml declares none",
            "to declare some: contentvc sets propose",
            known=known,
        )
    near = get_close_matches(name, known, 1)
    meant = f"; is {near[0]} meant?" if near else ""
    return Missing(
        "unknown-set",
        f"there is no content set {name!r}{meant}",
        f"declared are: {', '.join(known[:_SHOWN])}{', …' if len(known) > _SHOWN else ''}",
        known=known,
    )


def _met(paths: Iterable[bytes], folders: Iterable[bytes]) -> Iterator[bytes]:
    """What is in one of the first and in one of the second."""
    for path in paths:
        for folder in folders:
            if _is_within(path, folder):
                yield path
            elif _is_within(folder, path):
                yield folder


def _outermost(paths: Iterable[bytes]) -> Iterator[bytes]:
    """Without those that are within another."""
    found: list[bytes] = []
    for path in sorted(set(paths), key=lambda one: one.split(b"/") if one else []):
        if not found or not _is_within(path, found[-1]):
            found.append(path)
            yield path


def _is_within(path: bytes, folder: bytes) -> bool:
    """Whether a path is another one, or below it; all are below the empty path."""
    return not folder or path == folder or path.startswith(folder + b"/")
