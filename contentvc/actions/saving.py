"""Saved changes: uncommitted content about to be overwritten, kept by the operation."""

from collections.abc import Mapping, Sequence

from contentvc import limits
from contentvc.actions.context import Context
from contentvc.actions.recording import record_paths
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.errors import Conflict
from contentvc.ids import ObjectId
from contentvc.objects.writing import Writing
from contentvc.worktree.files import Files
from contentvc.worktree.found import mode_of
from contentvc.worktree.secrets import looks_like_secret

__all__ = ["partial_tree", "save_content", "saved_edits"]


def save_content(context: Context, writing: Writing, paths: Sequence[bytes]) -> ObjectId | None:
    """Store what is at these paths now as a tree for the operation; None for no paths.

    Raises:
        Conflict: it is more than a command saves by itself, looks like a secret, or is no content.
    """
    return partial_tree(context, writing, saved_edits(context, writing, paths))


def saved_edits(
    context: Context, writing: Writing, paths: Sequence[bytes]
) -> dict[bytes, FileEdit | None]:
    """Store what is at these paths now; each as an edit that makes it so. Raises as above."""
    if not paths:
        return {}
    _refuse_secrets(paths)
    _refuse_unsavable(context, paths)
    return record_paths(context, writing, paths)


def partial_tree(
    context: Context, writing: Writing, edits: Mapping[bytes, FileEdit | None]
) -> ObjectId | None:
    """The tree of just these files; None where there are none."""
    if not any(edits.values()):
        return None
    return edit_tree(context.repository.entries, None, edits, writing.put_tree)[0]


def _refuse_secrets(paths: Sequence[bytes]) -> None:
    secrets = [path for path in paths if looks_like_secret(path.rpartition(b"/")[2])]
    if secrets:
        names = [path.decode("utf-8", "replace") for path in secrets]
        raise Conflict(
            "looks-like-secret",
            f"{', '.join(names)} would be overwritten; what looks like a secret is not saved",
            "move it away, or give --discard to lose it",
            paths=names,
        )


def _refuse_unsavable(context: Context, paths: Sequence[bytes]) -> None:
    with Files(context.place.root) as files:
        found = [(path, status) for path in paths if (status := files.stat(path)) is not None]
    special = [
        path.decode("utf-8", "replace") for path, one in found if mode_of(one.st_mode) is None
    ]
    if special:
        raise Conflict(
            "would-overwrite",
            f"{', '.join(special)} would be overwritten, and is no file that can be saved",
            "move it away, or give --discard to lose it",
            paths=special,
        )
    size = sum(status.st_size for _, status in found)
    if size > limits.SAVED_CHANGE:
        raise Conflict(
            "would-overwrite",
            f"{size:,} bytes of uncommitted content would be overwritten, more than is saved",
            "commit it first, or give --discard to lose it",
        )
