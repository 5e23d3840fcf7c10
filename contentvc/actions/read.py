"""Reading content as of a version: a file's bytes, a folder's listing."""

from collections.abc import Iterator
from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.actions.needed import bring_files
from contentvc.changes.trees import list_files, lookup
from contentvc.errors import Missing, Usage
from contentvc.history.revisions import split_path
from contentvc.ids import ObjectId, short
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["Found", "Listed", "content", "find", "listing", "normal", "unknown_path"]


@dataclass(frozen=True, slots=True)
class Found:
    """What ``REV:PATH`` names."""

    commit: ObjectId
    path: bytes
    """Relative to the root, which is the empty path."""
    entry: Entry

    @property
    def is_folder(self) -> bool:
        """Whether it has a listing rather than bytes."""
        return self.entry.mode is Mode.DIRECTORY


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a listing; the path is relative to the root."""

    path: bytes
    entry: Entry


def find(context: Context, target: str, standing: bytes = b"") -> Found:
    """What ``REV``, which is its root folder, or ``REV:PATH`` names; without REV, as of HEAD.

    Args:
        context: where to look.
        target: PATH is relative to the root, or to `standing` when it begins with ``.``.
        standing: a folder, relative to the root.

    Raises:
        Missing: there is no such commit or path.
        Usage: the path leads out of the root.
    """
    revision, text = split_path(target)
    version, tree = context.version(revision or "HEAD")
    path = normal(text or "", standing)
    entry = lookup(context.repository.entries, tree, path)
    if entry is None:
        raise unknown_path(path, revision)
    return Found(version, path, entry)


def unknown_path(path: bytes, revision: str) -> Missing:
    """The refusal where a version has no such path; no revision is HEAD."""
    return Missing(
        "unknown-path",
        f"there is no {path.decode('utf-8', 'replace')} in {revision or 'HEAD'}",
        f"see what there is: contentvc ls -r {revision or 'HEAD'}:",
    )


def content(context: Context, found: Found) -> Iterator[bytes]:
    """The bytes of a file, or the target of a symlink, in parts.

    Raises:
        Usage: it is a folder.
    """
    if found.is_folder:
        name = found.path.decode("utf-8", "replace") or "the root"
        raise Usage(
            "usage",
            f"{name} is a folder",
            f"list it: contentvc ls {short(found.commit)}:{name if found.path else ''}",
        )
    bring_files(context.repository, [(found.path, found.entry)])
    return context.repository.stream(found.entry.id)


def listing(context: Context, found: Found, *, recursive: bool) -> Iterator[Listed]:
    """Of a folder its entries, or all files below it; of a file itself."""
    entries = context.repository.entries
    if not found.is_folder:
        yield Listed(found.path, found.entry)
        return
    start = found.path + b"/" if found.path else b""
    if recursive:
        for below, file in list_files(entries, found.entry.id):
            yield Listed(start + below, file)
    else:
        for child in entries(found.entry.id):
            yield Listed(start + child.name, child)


def normal(text: str, standing: bytes) -> bytes:
    """The path that is meant, relative to the root.

    Raises:
        Usage: it leads out of the root.
    """
    path = text.encode("utf-8", "surrogateescape")
    parts = path.split(b"/")
    names = standing.split(b"/") if standing and parts[0] in (b".", b"..") else []
    for part in parts:
        if part == b"..":
            if not names:
                raise Usage("bad-value", f"{text} leads out of the content", "paths start inside")
            names.pop()
        elif part not in (b"", b"."):
            names.append(part)
    return b"/".join(names)
