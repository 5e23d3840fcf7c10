"""Patches: what a file of changes says of each file, in whichever form it is written."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from contentvc import limits
from contentvc.errors import Usage
from contentvc.formats.changes import Changes
from contentvc.formats.exchange import NotJson, load_plain
from contentvc.formats.items import Value
from contentvc.formats.json_patch import Operation, read_patch
from contentvc.ids import ObjectId
from contentvc.snapshots.names import unsafe_reason
from contentvc.snapshots.tree import Mode

__all__ = ["Edit", "FilePatch", "Form", "JsonPatch", "MergePatch", "checked_path", "read_patches"]


class Form(StrEnum):
    """A form of changes that can be applied; the words are those of ``--as``."""

    JSONL = "jsonl"
    JSON_PATCH = "json-patch"
    MERGE_PATCH = "merge-patch"


@dataclass(frozen=True, slots=True)
class JsonPatch:
    """Operations on a document."""

    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class MergePatch:
    """A merge patch of a document."""

    patch: Value


Edit: TypeAlias = JsonPatch | MergePatch | Changes


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What is to become of one file."""

    path: bytes
    edit: Edit | None = None
    """None leaves the content as it is, or takes it from `new_id`."""
    old_path: bytes | None = None
    """Where it is now; None where that is `path`."""
    is_added: bool = False
    """There is nothing yet."""
    is_deleted: bool = False
    format: str | None = None
    """The format that the changes are in the terms of; None where they are of any."""
    old_id: ObjectId | None = None
    """The content that they were made for; None where that is not known."""
    new_id: ObjectId | None = None
    mode: Mode | None = None
    """None leaves it."""


_UNPLACED: Final = "say of which file the changes are with --to PATH"


def read_patches(content: bytes, form: Form | None, to: bytes | None) -> list[FilePatch]:
    """The patches of a file of changes; without a form, it is told by what is in it.

    Args:
        content: of the file, from whoever.
        form: how it is written.
        to: the file that a patch without a path is for.

    Raises:
        Usage: it is no file of changes, too large, or its paths are dangerous.
    """
    if len(content) > limits.PATCH_BYTES:
        raise Usage("bad-value", f"changes of more than {limits.PATCH_BYTES:,} bytes are not read")
    if form is Form.JSONL or (form is None and _is_jsonl(content)):
        from contentvc.actions.patch_lines import read_lines  # noqa: PLC0415 - one form of several

        if to is not None:
            raise Usage("usage", "--to belongs to a patch that names no file", "drop it")
        return read_lines(content)
    try:
        value = load_plain(content)
    except NotJson as error:
        raise Usage("bad-value", f"these are no changes that can be applied: {error}") from error
    if form is None:
        form = Form.JSON_PATCH if _is_json_patch(value) else Form.MERGE_PATCH
    if to is not None:
        return [FilePatch(to, _edit(value, form))]
    if not isinstance(value, dict):
        raise Usage("usage", "the changes name no file", _UNPLACED)
    return [FilePatch(_named(key), _edit(one, form)) for key, one in value.items()]


def checked_path(path: bytes) -> bytes:
    """A path that others wrote: below the root, and none of the repository's own files.

    Raises:
        Usage: it is not (``bad-name``).
    """
    reasons = (unsafe_reason(name) for name in path.split(b"/"))
    reason = next((one for one in reasons if one is not None), None)
    if reason is None and len(path) > limits.PATH_LENGTH:
        reason = "it is too long"
    if reason is not None:
        shown = path[:200].decode("utf-8", "replace")
        raise Usage("bad-name", f"the changes name the path {shown!r}, which is refused: {reason}")
    return path


def _named(path: str) -> bytes:
    try:
        return checked_path(path.encode())
    except UnicodeEncodeError as error:
        raise Usage("bad-name", "the changes name a path that is not valid text") from error


def _is_jsonl(content: bytes) -> bool:
    """Whether the first line is that of changes as lines."""
    try:
        head = load_plain(content.partition(b"\n")[0])
    except NotJson:
        return False
    return isinstance(head, dict) and head.get("type") == "diff" and "schema" in head


def _is_json_patch(value: Value) -> bool:
    """Whether it is an array of operations, or has nothing but such."""
    if isinstance(value, list):
        return all(isinstance(one, dict) and {"op", "path"} <= one.keys() for one in value)
    return isinstance(value, dict) and all(
        isinstance(one, list) and _is_json_patch(one) for one in value.values()
    )


def _edit(value: Value, form: Form) -> Edit:
    if form is Form.MERGE_PATCH:
        return MergePatch(value)
    return JsonPatch(tuple(read_patch(value)))
