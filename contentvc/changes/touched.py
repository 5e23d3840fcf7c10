"""Touched: which paths a commit changes, as path segments list them."""

from collections.abc import Iterator
from itertools import chain, groupby

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.history.path_segment import LISTED, Link, Touch, path_hash
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Columns, Mode, Row

__all__ = ["touch_of"]


def touch_of(repository: Repository, identifier: ObjectId, commit: Commit) -> Touch:
    """What a path segment says of a commit.

    Raises:
        Damaged: a tree is not stored, or not sound.
    """
    trees: list[ObjectId | None] = [repository.commit(one).tree for one in commit.parents]
    changed = tuple([_changed(repository, old, commit.tree) for old in trees or [None]])
    listed = [one for one in changed if one is not None]
    link = Link(commit.time, commit.parents)
    return Touch(identifier, link, tuple(listed) if len(listed) == len(changed) else None)


def _changed(repository: Repository, old: ObjectId | None, new: ObjectId) -> set[int] | None:
    """The hashes of all paths, folders among them, that differ between two roots; None for many.

    The empty path differs where the roots do, and between nothing and any root.
    """
    hashes: set[int] = set()
    for path in _differing(repository, old, new):
        hashes.add(path_hash(path))
        if len(hashes) > LISTED:
            return None
    return hashes


def _differing(
    repository: Repository, old: ObjectId | None, new: ObjectId | None
) -> Iterator[bytes]:
    if old == new:
        return
    yield b""
    todo: list[tuple[bytes, ObjectId | None, ObjectId | None]] = [(b"", old, new)]
    while todo:
        prefix, before, after = todo.pop()
        if prefix.count(b"/") > limits.TREE_DEPTH:
            raise Damaged("beyond-limit", "a tree has too many nested folders")
        for name, olds, news in _pairs(repository, before, after):
            yield prefix + name
            if olds != news:
                todo.append((prefix + name + b"/", olds, news))


def _pairs(
    repository: Repository, old: ObjectId | None, new: ObjectId | None
) -> Iterator[tuple[bytes, ObjectId | None, ObjectId | None]]:
    """Names whose entries differ between two directories, with the folders they are."""
    gone, come = _apart(repository, old, new)
    sides = sorted([(row[0], 0, row) for row in gone] + [(row[0], 1, row) for row in come])
    for name, group in groupby(sides, key=lambda side: side[0]):
        folders: list[ObjectId | None] = [None, None]
        for _, side, row in group:
            folders[side] = ObjectId(row[3]) if row[1] == Mode.DIRECTORY else None
        yield name, folders[0], folders[1]


def _apart(
    repository: Repository, old: ObjectId | None, new: ObjectId | None
) -> tuple[set[Row], set[Row]]:
    """The entries that only one of two directories has; parts that both share are not read."""
    olds, news = _whole(old), _whole(new)
    gone: set[Row] = set()
    come: set[Row] = set()
    while olds != news:
        before = [repository.columns(one) for one in olds - news]
        after = [repository.columns(one) for one in news - olds]
        gone.update(_rows(before))
        come.update(_rows(after))
        olds, news = _parts(before), _parts(after)
    return gone - come, come - gone


def _whole(directory: ObjectId | None) -> set[ObjectId]:
    return set() if directory is None else {directory}


def _rows(trees: list[Columns]) -> Iterator[Row]:
    return chain.from_iterable(tree.rows() for tree in trees if not tree.is_node)


def _parts(trees: list[Columns]) -> set[ObjectId]:
    return {ObjectId(row[3]) for tree in trees if tree.is_node for row in tree.rows()}
