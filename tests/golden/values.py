"""Fixed inputs, one or more for everything that is stored. Their bytes stand in vectors.json."""

from contentvc.history.bundle import Bundle
from contentvc.history.path_segment import Link, Touch
from contentvc.history.view import Ref, Standing, View, encode_view
from contentvc.ids import Kind, ObjectId, OperationId, PackName, RepositoryId, WorkspaceId
from contentvc.objects.blocks import Base, Block, Method
from contentvc.objects.lists import ChunkList
from contentvc.objects.pack import Footer
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.merging import ByItem, ConflictPaths, MergeKind, Merging
from contentvc.snapshots.operation import (
    Head,
    Operation,
    PackRecord,
    RefChange,
    Transaction,
    WorkspaceChange,
)
from contentvc.snapshots.tree import Entry, Mode, Tree


def identifier(number: int) -> ObjectId:
    return ObjectId(bytes([number]) * 32)


def name(number: int) -> bytes:
    return bytes([number]) * 16


REPOSITORY = RepositoryId(name(0xA0))
REPLICA = RepositoryId(name(0xA1))
WORKSPACE = WorkspaceId(name(0xB0))
PACK = PackName(name(0xC0))
OTHER_PACK = PackName(name(0xC1))
TIME = 1_700_000_000_123_456

ATTRIBUTES = (("license", "CC-BY-4.0"), ("quelle", "Prüfung"))

TREES = {
    "tree, empty": Tree(()),
    "tree, leaf": Tree(
        (
            Entry(b"README.md", Mode.FILE, 1, identifier(1)),
            Entry(b"bin", Mode.DIRECTORY, 1 << 40, identifier(2)),
            Entry(b"latest", Mode.SYMLINK, 9, identifier(3), (("why", "shortcut"),)),
            Entry(b"na\xffme", Mode.FILE, 0, identifier(4), ATTRIBUTES),
            Entry(b"run.sh", Mode.EXECUTABLE, 65_536, identifier(5)),
        )
    ),
    "tree, node": Tree(
        (
            Entry(b"a", Mode.DIRECTORY, 300, identifier(6)),
            Entry(b"m", Mode.DIRECTORY, 70_000, identifier(7)),
        ),
        is_node=True,
    ),
}

COMMITS = {
    "commit, first": Commit(identifier(1), (), "A <a@example.org>", TIME, 0, ""),
    "commit, merge": Commit(
        identifier(1),
        (identifier(2), identifier(3)),
        "Ärztin <ä@example.org>",
        -1,
        -570,
        "Eine Zeile\n\nund mehr\n",
        ATTRIBUTES,
    ),
}

LISTS = {"chunk list": ChunkList((identifier(1), identifier(2), identifier(1)), (16384, 1, 16384))}

REF_CHANGES = (
    RefChange("branch/main", identifier(1), identifier(2), 4),
    RefChange("branch/new", None, identifier(3), 0),
    RefChange("tag/old", identifier(4), None, 70_000),
)
PACK_RECORDS = (
    PackRecord(PACK, identifier(0xD0), 1 << 33, 300, received=True),
    PackRecord(OTHER_PACK, identifier(0xD1), 56, 24),
)
HEADS = {
    "head, unborn": Head("branch/main", None),
    "head, detached": Head(None, identifier(1)),
    "head, merging": Head("branch/main", identifier(1), (identifier(2), identifier(3))),
}


MERGINGS = {
    "merging, stopped": Merging(
        kind=MergeKind.MERGE,
        source="terse",
        began=identifier(1),
        parents=(identifier(2),),
        conflicts=(
            ConflictPaths(b"a/b", "content", b"a/b", b"a/b", b"old/b"),
            ConflictPaths(b"gone", "deleted-by-us", b"gone", None, b"gone"),
            ConflictPaths(b"x", "renamed-apart", b"w", b"x", b"y", (b"y", b"\xff")),
        ),
    ),
    "merging, by item": Merging(
        kind=MergeKind.STASH_POP,
        source="stash 0",
        began=identifier(1),
        picked=identifier(2),
        conflicts=(
            ConflictPaths(b"a", "content", None, b"a", b"a"),
            ConflictPaths(
                b"b.jsonl",
                "content",
                b"b.jsonl",
                b"b.jsonl",
                b"b.jsonl",
                (),
                ByItem(("[id=1]/a", "", "\udcff"), "evals", "jsonl", ("id",), ("tags", "*")),
            ),
            ConflictPaths(b"c.json", "content", None, b"c", b"c", (), ByItem(("model",))),
        ),
    ),
    "merging, picking": Merging(
        kind=MergeKind.CHERRY_PICK,
        source="",
        began=None,
        picked=identifier(3),
        left=(identifier(4), identifier(5)),
        mainline=2,
    ),
}


def _operation(sequence: int, kind: str, **fields: object) -> Operation:
    return Operation(
        repository=REPOSITORY,
        replica=REPLICA,
        sequence=sequence,
        previous=OperationId(identifier(0xE0)) if sequence > 1 else None,
        nonce=name(0xF0),
        time=TIME,
        kind=kind,
        actor="A <a@example.org>",
        workspace=WORKSPACE,
        command=("contentvc", kind),
        **fields,
    )


OPERATIONS = {
    "operation, init": _operation(
        1,
        "init",
        workspaces=(WorkspaceChange(WORKSPACE, None, HEADS["head, unborn"], 0),),
        checksum=identifier(0xAA),
    ),
    "operation, commit": _operation(
        2,
        "commit",
        refs=REF_CHANGES,
        workspaces=(
            WorkspaceChange(WORKSPACE, HEADS["head, unborn"], HEADS["head, merging"], 1),
            WorkspaceChange(WorkspaceId(name(0xB1)), HEADS["head, detached"], None, 1 << 34),
        ),
        added=PACK_RECORDS,
    ),
    "operation, undo": _operation(
        300, "undo", saved=identifier(9), undoes=(298, 299), redoes=(1 << 40,)
    ),
    "operation, drop": _operation(
        70_000,
        "drop",
        removed=(PACK, OTHER_PACK),
        discarded=(PackName(name(0xC2)),),
        purged=(identifier(7), identifier(8)),
        horizon=69_000,
        attributes=(("reason", "asked for"),),
    ),
    "operation, prepare": _operation(
        5,
        "push",
        transaction=Transaction("prepare", name(1), (REPLICA, REPOSITORY), REPLICA, REF_CHANGES),
        added=PACK_RECORDS[1:],
    ),
    "operation, abort": _operation(6, "push", transaction=Transaction("abort", name(1))),
}

FEATURES = _operation(7, "future", features=("purge-2", "time-travel"))
"""Refused by this version, so only its bytes are fixed."""

VIEWS = {
    "view, empty": View(0, None, 0, {}, {}, {}),
    "view": View(
        sequence=70_001,
        operation=OperationId(identifier(0xE1)),
        time=TIME,
        refs={"branch/main": Ref(identifier(1), 3), "tag/ü": Ref(identifier(2), 1 << 33)},
        workspaces={
            WORKSPACE: Standing(HEADS["head, merging"], 70_000),
            WorkspaceId(name(0xB1)): Standing(HEADS["head, unborn"], 1),
        },
        packs={record.name: record for record in PACK_RECORDS},
        gone=frozenset([PackName(name(0xC2)), PackName(name(0xC3))]),
        reservations={name(1): REF_CHANGES[:1], name(2): ()},
        horizon=69_000,
        dropped=70_000,
        purged=frozenset([identifier(7), identifier(8)]),
    ),
}

BUNDLES = {
    "bundle": Bundle(1, (b"first operation", b"", b"third"), encode_view(VIEWS["view"])),
}

BLOCKS = (
    Block(8, 100, 300, Method.ZSTD, 0x0102030405060708, 300),
    Block(108, 50, 50, Method.PLAIN, 1, 50),
    Block(
        158,
        20,
        400,
        Method.DELTA,
        (1 << 64) - 1,
        400 + 65_536 + 300 + 70,
        (Base(identifier(1), PackName(b""), 0), Base(identifier(2), OTHER_PACK, 513)),
    ),
)
FOOTERS = {
    "footer, empty": Footer((), b"", b"", (), (), frozenset()),
    "footer": Footer(
        blocks=BLOCKS,
        ids=identifier(1) + identifier(2) + identifier(3) + identifier(4),
        kinds=bytes([Kind.RAW, Kind.LIST, Kind.TREE, Kind.COMMIT]),
        lengths=(200, 100, 50, 400),
        per_block=(2, 1, 1),
        needs=frozenset([OTHER_PACK]),
    ),
}

PATH_TOUCHES = (
    Touch(identifier(1), Link(1_700_000_000_000_000, ()), ((0, 1, 0xFFFFFFFF),)),
    Touch(identifier(2), Link(1_700_000_060_000_000, (identifier(1),)), ((1,),)),
    Touch(identifier(3), Link(0, (identifier(2), identifier(9))), ((1, 7), (7,))),
    Touch(identifier(4), Link(2**64 - 1, (identifier(3),)), None),
)
SEGMENT = {
    PACK: (BLOCKS, tuple(FOOTERS["footer"].rows())),
    OTHER_PACK: (BLOCKS[1:2], ((ObjectId(b"\x01" + bytes(31)), Kind.RAW, 0, 0, 50),)),
}
