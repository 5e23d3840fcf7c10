"""Repair: what is damaged or missing is taken from another copy of the repository.

Packs are never written twice under one name, so the pack of that name in a copy is the right one
where its bytes hash to what the operation says that added it. Where the copy has other packs, its
objects are taken one by one, each verified, and packs that hold damaged ones are written anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from blake3 import blake3

from contentvc import limits
from contentvc.errors import Busy, ContentvcError, Damaged
from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import NAME_BYTES, Kind, ObjectId, PackName
from contentvc.objects.blocks import seal
from contentvc.objects.lists import encode_list
from contentvc.objects.pack import PackBuilder, pack_path
from contentvc.repository import Repository
from contentvc.snapshots.commit import decode_commit
from contentvc.snapshots.effect import kept_trees
from contentvc.snapshots.operation import PackRecord
from contentvc.snapshots.tree import Mode, decode_tree
from contentvc.storage.contract import NotFound
from contentvc.upkeep.packs import examine_pack
from contentvc.upkeep.reach import roots
from contentvc.upkeep.repair_log import Mended, mend_description, mend_log, write_file
from contentvc.upkeep.rewrite import rewrite_packs

__all__ = ["DAMAGED", "Mended", "mend"]

DAMAGED: Final = "damaged/"
"""Where packs are kept that hold something which could not be repaired. Nothing reads them."""


def mend(
    root: str,
    copy: str,
    repository: Callable[[str], Repository],
    draft: Draft,
    *,
    is_partial: bool = False,
) -> list[Mended]:
    """Repair the replica in a folder from the one in another, which is only read.

    Whatever interrupts it, nothing that was sound is lost, and it may be called again.

    Args:
        root: the folder of the replica that is damaged.
        copy: that of the other one.
        repository: opens one of them.
        draft: the operation that puts new packs in the place of damaged ones, still empty.
        is_partial: content that is not in any pack may be at a remote, and is not missing.

    Raises:
        Usage: the copy is of another repository.
        Missing, Damaged: the copy is none, or cannot be opened; the log cannot be repaired.
    """
    mended = list(mend_description(root, copy))
    if not any(one.trouble for one in mended):
        clockwork = repository(copy).clockwork
        mended += mend_log(root, copy, clockwork)
    mended += _mend_packs(root, repository(root), repository(copy))
    mended += _mend_objects(
        root, _Damage(repository(root), repository(copy), is_partial=is_partial), draft
    )
    return mended


def _mend_packs(root: str, mine: Repository, theirs: Repository) -> Iterator[Mended]:
    """Replace pack files that are not what was written by the same ones of a copy."""
    for pack, record in mine.view.packs.items():
        if _stored(mine, record) is not None:
            continue
        stored = _stored(theirs, record)
        if stored is not None:
            write_file(root, pack_path(pack), stored)
            yield Mended("pack", pack.hex())


def _stored(repository: Repository, record: PackRecord) -> bytes | None:
    """The bytes of a pack, if they are those that were written."""
    try:
        stored = repository.storage.read(pack_path(record.name), (0, record.length + 1))
    except NotFound:
        return None
    is_same = len(stored) == record.length and blake3(stored).digest() == record.digest
    return stored if is_same else None


@dataclass(frozen=True, slots=True)
class _AtOnce(Draft):
    """An operation that fits one place only, since packs may come to need what it moves."""

    sequence: int = 0

    def check(self, view: View) -> None:
        Draft.check(self, view)
        if view.sequence != self.sequence:
            raise Busy("start-over", "the log changed while the command ran", "try again")


@dataclass(slots=True)
class _Damage:
    """Which objects cannot be read here, and what a copy has of them."""

    mine: Repository
    theirs: Repository
    is_partial: bool
    """Whether what is in no pack here may be at a remote."""
    bad: dict[PackName, set[ObjectId]] = field(default_factory=dict)
    """Packs that are not sound, or stand on one, and what cannot be read in them."""
    lost: set[PackName] = field(default_factory=set)
    """Those of them that cannot be read at all."""
    taken: dict[ObjectId, tuple[Kind, bytes]] = field(default_factory=dict)
    missing: dict[ObjectId, str] = field(default_factory=dict)
    """What the copy does not have either, and why."""

    def examine(self) -> None:
        """Look at every pack."""
        objects = self.mine.objects
        for pack in objects.live:
            for finding in examine_pack(objects, pack):
                found = self.bad.setdefault(pack, set())
                if finding.object is not None:
                    found.add(finding.object)
            if not self._is_readable(pack):
                self.lost.add(pack)
        for pack in objects.live:
            if not self.bad.keys().isdisjoint(self._needs(pack)):
                self.bad.setdefault(pack, set())

    def fill(self) -> None:
        """Take from the copy what is damaged, and what is reached and nowhere."""
        purged = self.mine.view.purged
        for identifier in set().union(*self.bad.values()) - purged:
            self._take(identifier)
        todo, seen = list(_starts(self.mine)), set[ObjectId]()
        while todo:
            kind, identifier = todo.pop()
            if identifier in seen:
                continue
            seen.add(identifier)
            if kind is Kind.RAW:
                self._check_blob(identifier)
            elif (content := self._metadata(kind, identifier)) is not None:
                todo += _below(kind, content)

    def _needs(self, pack: PackName) -> frozenset[PackName]:
        return frozenset() if pack in self.lost else self.mine.objects.index.footer(pack).needs

    def _is_readable(self, pack: PackName) -> bool:
        try:
            self.mine.objects.index.footer(pack)
        except (Damaged, NotFound):
            return False
        return True

    def _is_sound(self, identifier: ObjectId) -> bool:
        place = self.mine.objects.index.find(identifier)
        if place is None or place.pack in self.lost:
            return False
        return identifier not in self.bad.get(place.pack, ())

    def _check_blob(self, identifier: ObjectId) -> None:
        objects = self.mine.objects
        if not self._is_sound(identifier):
            is_elsewhere = self.is_partial and not objects.has(identifier)
            if identifier not in self.mine.view.purged and not is_elsewhere:
                self._take(identifier)
        elif objects.is_large(identifier):
            for chunk in objects.chunks(identifier).ids:
                if not self._is_sound(chunk):
                    self._take(chunk)

    def _metadata(self, kind: Kind, identifier: ObjectId) -> bytes | None:
        """A commit or a tree, from here or from the copy; None where neither has it."""
        if self._is_sound(identifier):
            return self.mine.objects.read(kind, identifier)
        if identifier not in self.mine.view.purged:
            self._take(identifier)
        found = self.taken.get(identifier)
        return found[1] if found is not None and found[0] is kind else None

    def _take(self, identifier: ObjectId) -> None:
        """Read an object from the copy; of a large blob also the chunks that are not here."""
        if identifier in self.taken or identifier in self.missing:
            return
        objects = self.theirs.objects
        try:
            kind = objects.kind(identifier) or Kind.RAW  # where it is not, reading tells
            if kind is not Kind.LIST:
                self.taken[identifier] = kind, objects.read(kind, identifier)
                return
            objects.prove(identifier)
            chunks = objects.chunks(identifier)
        except (ContentvcError, NotFound) as error:
            self.missing[identifier] = str(error)
            return
        self.taken[identifier] = kind, encode_list(chunks)
        for chunk in chunks.ids:
            if not self._is_sound(chunk):
                self._take(chunk)


def _mend_objects(root: str, damage: "_Damage", draft: Draft) -> Iterator[Mended]:
    """Put objects of a copy in the place of those that cannot be read here."""
    damage.examine()
    damage.fill()
    gone = [pack for pack in damage.mine.view.packs if pack in damage.bad]
    if damage.missing:
        _set_aside(root, damage.mine, gone)
    if damage.taken or gone:
        _replace(damage, gone, draft)
    yield from (Mended("object", one.hex()) for one in sorted(damage.taken))
    yield from (Mended("object", one.hex(), why) for one, why in sorted(damage.missing.items()))


def _set_aside(root: str, repository: Repository, packs: Sequence[PackName]) -> None:
    """Keep damaged packs as they are: something in them is nowhere else."""
    for pack in packs:
        try:
            stored = repository.storage.read(pack_path(pack))
        except NotFound:
            continue
        write_file(root, DAMAGED + pack.hex(), stored)


def _replace(damage: _Damage, gone: Sequence[PackName], draft: Draft) -> None:
    """Append the operation that puts new packs in the place of damaged ones."""
    mine = damage.mine
    random = mine.clockwork.random
    readable = [pack for pack in gone if pack not in damage.lost]
    without = set().union(*(damage.bad[pack] for pack in readable))
    packs = rewrite_packs(mine.objects, random, readable, without, frozenset(damage.lost)).added
    packs += tuple(_packs_of(mine, damage.taken))
    mine.append(
        _AtOnce(
            kind=draft.kind,
            actor=draft.actor,
            workspace=draft.workspace,
            command=draft.command,
            added=packs,
            removed=tuple(gone),
            sequence=mine.view.sequence,
        )
    )


def _packs_of(
    repository: Repository, objects: Mapping[ObjectId, tuple[Kind, bytes]]
) -> Iterator[PackRecord]:
    """Durable packs of some objects; chunks and metadata each in blocks of their own."""
    builder: PackBuilder | None = None
    for group in _groups(objects):
        kinds = bytes([objects[one][0] for one in group])
        builder = builder or PackBuilder(PackName(repository.clockwork.random(NAME_BYTES)))
        builder.add(seal(kinds, group, [objects[one][1] for one in group]))
        if builder.is_full:
            yield builder.upload(repository.storage)[0]
            builder = None
    if builder is not None:
        yield builder.upload(repository.storage)[0]


def _groups(objects: Mapping[ObjectId, tuple[Kind, bytes]]) -> Iterator[list[ObjectId]]:
    group: list[ObjectId] = []
    size, last = 0, None
    for identifier in sorted(objects, key=lambda one: (objects[one][0], one)):
        kind, content = objects[identifier]
        if group and (kind is not last or size + len(content) > limits.BLOCK_TARGET):
            yield group
            group, size = [], 0
        group.append(identifier)
        size, last = size + len(content), kind
    if group:
        yield group


def _starts(repository: Repository) -> Iterator[tuple[Kind, ObjectId]]:
    """What the view and the operations after the horizon lead to."""
    yield from ((Kind.COMMIT, commit) for commit in roots(repository.view))
    for logged in repository.log.walk(repository.view.horizon + 1):
        if logged.effective:
            yield from ((Kind.TREE, tree) for tree in kept_trees(logged.operation))


def _below(kind: Kind, content: bytes) -> Iterator[tuple[Kind, ObjectId]]:
    if kind is Kind.COMMIT:
        commit = decode_commit(content)
        yield Kind.TREE, commit.tree
        yield from ((Kind.COMMIT, parent) for parent in commit.parents)
        return
    for entry in decode_tree(content).entries:
        yield (Kind.TREE if entry.mode is Mode.DIRECTORY else Kind.RAW), entry.id
