"""Items: one record or value of a file as of a version."""

from dataclasses import dataclass

from contentvc.actions.content import stored_source
from contentvc.actions.context import Context
from contentvc.actions.read import Found, normal, unknown_path
from contentvc.actions.ruling import rules_in
from contentvc.changes.trees import lookup
from contentvc.errors import Missing, Usage
from contentvc.formats.items import Path, Piece, parse_item, split_item
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import HEAD, candidates
from contentvc.formats.rules import Rules
from contentvc.history.revisions import split_path
from contentvc.repository import Repository
from contentvc.snapshots.tree import Entry, Mode

__all__ = ["FoundItem", "find_item", "is_recorded", "no_such_item", "piece_of"]


@dataclass(frozen=True, slots=True)
class FoundItem:
    """What ``REV:PATH#ITEM`` names."""

    file: Found
    item: str
    """As it was asked for."""
    piece: Piece


def find_item(context: Context, target: str, standing: bytes = b"") -> Found | FoundItem:
    """What ``REV:PATH#ITEM`` names; without an item, or where a file is called so, the file.

    Args:
        context: where to look.
        target: as of `actions.read.find`.
        standing: likewise.

    Raises:
        Missing: there is no such commit, path or item (``unknown-item``).
        Usage: the path leads out of the root, or the item is not understood.
    """
    revision, text = split_path(target)
    version, tree = context.version(revision or "HEAD")
    entries = context.repository.entries

    def exists(path: str) -> bool:
        return lookup(entries, tree, normal(path, standing)) is not None

    name, item = split_item(text or "", exists)
    path = normal(name, standing)
    entry = lookup(entries, tree, path)
    if entry is None:
        raise unknown_path(path, revision)
    found = Found(version, path, entry)
    if item is None:
        return found
    if found.is_folder:
        raise Usage("usage", f"{name} is a folder", "an item is of a file: REV:PATH#ITEM")
    rules = rules_in(context.repository, tree)(path)
    piece = piece_of(context.repository, path, entry, parse_item(item), rules)
    if piece is None:
        raise no_such_item(path, item, revision or "HEAD", rules)
    return FoundItem(found, item, piece)


def is_recorded(context: Context, path: bytes) -> bool:
    """Whether HEAD has a file there."""
    tree = context.base_tree()
    found = None if tree is None else lookup(context.repository.entries, tree, path)
    return found is not None and found.mode is not Mode.DIRECTORY


def piece_of(
    repository: Repository, path: bytes, entry: Entry, item: Path, rules: Rules
) -> Piece | None:
    """One item of a stored file, by the first format that can read it; None where it has none.

    Raises:
        Missing: nothing that reads this file knows items (``unknown-item``).
    """
    source = stored_source(repository, entry)
    problems: list[str] = []
    head = source.span(0, min(HEAD, source.size))
    for one in candidates(path, head, rules) if entry.mode is not Mode.SYMLINK else ():
        try:
            return one.find(source, item, rules)
        except Unfit as error:
            problems.append(str(error))
    name = path.decode("utf-8", "replace")
    why = problems[0] if problems else "a symlink has no items"
    raise Missing("unknown-item", f"{name} cannot be read by item: {why}", path=name)


def no_such_item(path: bytes, item: str, where: str, rules: Rules) -> Missing:
    """The refusal where a file has no such item."""
    name = path.decode("utf-8", "replace")
    key = f"its records are known by {', '.join(rules.key)}" if rules.key else ""
    return Missing(
        "unknown-item",
        f"there is no {item} in {name} as of {where}",
        key or "a record is named by its key, a value by its path: PATH#17/answer, PATH#model/name",
        path=name,
        item=item,
    )
