"""Doubtful: files outside of every content set that may be malformed, seen at a glance.

The formats, which know for sure, take longer to import than a small commit takes.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, NoReturn

from contentvc import limits
from contentvc.changes.edit import FileEdit
from contentvc.errors import ContentvcError
from contentvc.sets.names import TELLING
from contentvc.snapshots.tree import Mode
from contentvc.worktree.reading import Reader

__all__ = ["doubtful"]

_HALF_A_PAIR: Final = b"\\ud"


def doubtful(root: bytes, edits: Mapping[bytes, FileEdit | None]) -> dict[bytes, FileEdit | None]:
    """Those edits whose content in the working tree is not surely what its name says.

    Looked at are `limits.COMMIT_CHECKED` bytes at most.
    """
    found: dict[bytes, FileEdit | None] = {}
    with Reader(root) as reader:
        for path, edit in _small(edits):
            try:
                content = reader.read(path)[0]
            except (FileNotFoundError, ContentvcError):
                continue  # what it held is recorded, and nothing of it would be refused
            if not _is_sound(path.lower(), content):
                found[path] = edit
    return found


def _small(edits: Mapping[bytes, FileEdit | None]) -> Iterator[tuple[bytes, FileEdit]]:
    left = limits.COMMIT_CHECKED
    for path, edit in edits.items():
        if edit is None or edit.mode is Mode.SYMLINK or not path.lower().endswith(TELLING):
            continue
        if edit.size <= left:
            left -= edit.size
            yield path, edit


def _is_sound(path: bytes, content: bytes) -> bool:
    """Whether it surely is; what cannot be told quickly is not."""
    try:
        text = content.decode("utf-8-sig")
        if path.endswith(b".json"):
            _check_json(text)
        elif path.endswith((b".jsonl", b".ndjson")):
            for line in text.split("\n"):
                if line.strip():
                    _check_json(line)
        elif path.endswith((b".yaml", b".yml")):
            return _is_yaml(text)
        else:
            return path.endswith((b".csv", b".tsv")) and _is_even(text)
    except (ValueError, RecursionError):
        return False
    return _HALF_A_PAIR not in content.lower()


def _is_yaml(text: str) -> bool:
    from contentvc.formats.structured.yaml_glance import (  # noqa: PLC0415 - 12 ms
        is_surely_yaml,
    )

    return is_surely_yaml(text)


def _check_json(text: str) -> None:
    json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _is_even(text: str) -> bool:
    """Whether each line has as many fields as any other, and none is quoted."""
    lines = text.splitlines()
    counts = {(line.count(","), line.count("\t")) for line in lines if line}
    return '"' not in text and len(counts) <= 1
