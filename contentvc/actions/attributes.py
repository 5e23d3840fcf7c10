"""Attributes of files: set, taken away and listed.

There is no staging area, so a change of attributes is recorded at once, as a commit of its own
that changes nothing else: uncommitted edits of the same files stay uncommitted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.actions.carrying import REFUSE, Carrying, carry
from contentvc.actions.context import Context
from contentvc.actions.heads import branch_of, check_not_merging, checked_head
from contentvc.actions.standing import settled_lease
from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.trees import list_files, lookup
from contentvc.errors import Declined, Missing
from contentvc.history.draft import RefMove, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.snapshots.attributes import Attributes, check_attributes
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Entry, Mode

__all__ = [
    "Attributed",
    "AttributesReport",
    "Edit",
    "list_attributes",
    "set_attributes",
    "setting",
    "unset_attributes",
    "unsetting",
]

_SHOWN: Final = 5
"""Paths named in a message that nobody wrote."""

Edit = Callable[[Attributes], Attributes]
"""What becomes of the attributes of each file, or of a commit's notes."""


class Attributed(NamedTuple):
    """A file and what is attached to it."""

    path: bytes
    attributes: Attributes
    before: Attributes = ()
    """What was attached until a command changed it."""


@dataclass(frozen=True, slots=True)
class AttributesReport:
    """What is attached otherwise now, and the commit that says so."""

    id: ObjectId
    branch: str | None
    files: tuple[Attributed, ...]


def setting(attributes: Attributes) -> Edit:
    """Give the keys these values, and leave others alone."""
    return lambda old: tuple(sorted((dict(old) | dict(attributes)).items()))


def unsetting(keys: Sequence[str]) -> Edit:
    """Take the keys away."""
    return lambda old: tuple((key, value) for key, value in old if key not in keys)


def set_attributes(
    context: Context, paths: Sequence[bytes], attributes: Attributes, message: str | None
) -> AttributesReport:
    """Record a commit in which these files, and those below these folders, have the attributes.

    Raises:
        Missing: a path is not recorded (``unknown-path``).
        Declined: they have them already (``nothing-to-commit``).
        Usage: an attribute is beyond the limits.
    """
    check_attributes(attributes, limits.ENTRY_ATTRIBUTES_BYTES)
    said = "Set " + ", ".join(f"{key}={value}" for key, value in attributes)
    return _record(context, paths, setting(attributes), message or f"{said} on {_named(paths)}")


def unset_attributes(
    context: Context, paths: Sequence[bytes], keys: Sequence[str], message: str | None
) -> AttributesReport:
    """Record a commit in which none of these files, or those below, has the attributes.

    Raises:
        Missing: a path is not recorded, or no file has such an attribute (``unknown-attribute``).
    """
    said = f"Unset {', '.join(keys)} on {_named(paths)}"
    try:
        return _record(context, paths, unsetting(keys), message or said)
    except Declined as error:
        raise Missing(
            "unknown-attribute",
            f"no file of these has an attribute {' or '.join(keys)}",
            "see: contentvc attr list",
        ) from error


def list_attributes(
    context: Context, revision: str, paths: Sequence[bytes]
) -> Iterator[Attributed]:
    """Files of a version that have attributes, in the order of their paths.

    Raises:
        Missing, Usage: the revision is not understood, or the version has none of a path.
    """
    _, tree = context.version(revision)
    for path, entry in _files(context, tree, paths or (b"",)):
        if entry.attributes:
            yield Attributed(path, entry.attributes)


def _record(context: Context, paths: Sequence[bytes], edit: Edit, message: str) -> AttributesReport:
    with settled_lease(context):
        check_not_merging(context, "changing attributes")
        head, base = checked_head(context), context.base()
        if base is None:
            raise Missing("no-commits", "there is no commit yet, so no file to attach it to")
        edits: dict[bytes, FileEdit | None] = {}
        changed: list[Attributed] = []
        for path, entry in _files(context, base.tree, paths):
            after = edit(entry.attributes)
            if after != entry.attributes:
                check_attributes(after, limits.ENTRY_ATTRIBUTES_BYTES)
                edits[path] = FileEdit(entry.mode, entry.size, entry.id, after)
                changed.append(Attributed(path, after, entry.attributes))
        if not changed:
            raise Declined("nothing-to-commit", "these files have these attributes already")
        identifier = _publish(context, head, base, edits, message)
    return AttributesReport(identifier, branch_of(head), tuple(changed))


def _publish(
    context: Context,
    head: Head,
    base: Commit,
    edits: dict[bytes, FileEdit | None],
    message: str,
) -> ObjectId:
    """The commit; no file of the working tree changes."""
    with context.repository.writing() as writing:
        tree, _ = edit_tree(context.repository.entries, base.tree, edits, writing.put_tree)
        parents = (head.commit,) if head.commit else ()
        commit = Commit(tree, parents, context.actor, context.now, context.zone, message)
        identifier = writing.put_commit(encode_commit(commit))
        draft = replace(
            context.draft("attr"),
            refs=(RefMove(head.ref, head.commit, identifier),) if head.ref else (),
            workspaces=(WorkspaceMove(context.workspace, head, Head(head.ref, identifier)),),
        )
        carry(context, writing, Carrying("attaching", draft, (), base_after=tree), REFUSE)
    return identifier


def _files(
    context: Context, tree: ObjectId, paths: Sequence[bytes]
) -> Iterator[tuple[bytes, Entry]]:
    """The files that paths name, each once."""
    entries = context.repository.entries
    seen: set[bytes] = set()
    for path in sorted(set(paths), key=lambda one: one.split(b"/")):
        found = lookup(entries, tree, path)
        if found is None:
            raise _unknown(path)
        below = list_files(entries, found.id) if found.mode is Mode.DIRECTORY else ((b"", found),)
        for rest, entry in below:
            name = b"/".join(part for part in (path, rest) if part)
            if name not in seen:
                seen.add(name)
                yield name, entry


def _unknown(path: bytes) -> Missing:
    shown = path.decode("utf-8", "replace")
    return Missing(
        "unknown-path",
        f"{shown} is not recorded",
        "attributes belong to recorded files: contentvc commit it first",
        path=shown,
    )


def _named(paths: Sequence[bytes]) -> str:
    shown = [path.decode("utf-8", "replace") or "all files" for path in paths[:_SHOWN]]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(shown) + more
