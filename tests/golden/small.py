"""The repository in ``layout-1/``: small, with one of everything that a log and packs can hold."""

import json
from random import Random
from unittest.mock import patch

from xxhash import xxh3_64_intdigest

from contentvc.history.draft import Draft, RefMove, WorkspaceMove
from contentvc.history.log import operation_path
from contentvc.ids import (
    NAME_BYTES,
    Kind,
    ObjectId,
    PackName,
    RepositoryId,
    WorkspaceId,
    blob_id,
    operation_id,
)
from contentvc.limits import DELTA_STEP
from contentvc.objects import index as index_module
from contentvc.objects.blocks import Base, Method, SealedBlock
from contentvc.objects.chunker import Chunking
from contentvc.objects.compression import compress
from contentvc.objects.writing import Writing
from contentvc.repository import Description, Repository, _describe
from contentvc.snapshots.operation import Head, Transaction, encode_operation
from contentvc.snapshots.tree import Mode
from contentvc.storage.contract import Storage
from tests.history.scenes import WORKSPACE, Scene

ACTOR = "A <a@example.org>"
OTHER_WORKSPACE = WorkspaceId(bytes(range(100, 116)))
LINES = [f"{number}: the {number * number}th question of the set\n" for number in range(12)]
QUESTIONS = "".join(LINES).encode()
EDITED = QUESTIONS.replace(b"9th", b"ninth")
TWICE = EDITED.replace(b"16th", b"sixteenth")
LARGE = "".join(f"{number * 7919 % 10007};" for number in range(420)).encode()


def small(storage: Storage) -> Scene:
    """Make the repository on an empty storage."""
    chunking = Chunking(minimum=256, average=512, maximum=1024, whole=1024)
    random = Random(5).randbytes
    like = Description(RepositoryId(random(NAME_BYTES)), RepositoryId(b""), chunking, b"")
    storage.write("repository.json", _describe(random, like))
    scene = Scene(storage)
    first = scene.commit(
        {
            b"README.md": b"# Questions\n",
            b"bin/run.sh": b"#!/bin/sh\n",
            b"data/empty": b"",
            b"data/large.csv": LARGE,
            b"data/questions.txt": QUESTIONS,
            b"data/na\xffme": b"a name that is not UTF-8",
            b"latest": b"data/questions.txt",
        },
        "first",
        modes={b"bin/run.sh": Mode.EXECUTABLE, b"latest": Mode.SYMLINK},
    )
    scene.commit(
        {b"data/questions.txt": EDITED, b"data/twice.txt": TWICE, b"bin/run.sh": None},
        "edited, stored as delta blocks",
        first=lambda writing: _put_deltas(scene.repository, writing),
    )
    with patch.object(index_module, "_UNCOVERED_PACKS", 2):
        side = scene.commit({b"side": b"s"}, "side", parents=(first,), ref="branch/side")
    main = scene.repository.view.refs["branch/main"].id
    scene.commit({b"side": b"s"}, "merge", parents=(main, side), ref="branch/main")
    _more_operations(scene, first, side)
    return scene


def _put_deltas(repository: Repository, writing: Writing) -> None:
    """EDITED against QUESTIONS of another pack, TWICE against EDITED in the same."""
    place = repository.objects.index.find(blob_id(QUESTIONS))
    assert place is not None
    below = Base(blob_id(QUESTIONS), place.pack, place.block_number)
    cost = len(EDITED) + DELTA_STEP + place.block.cost
    _put_delta(writing, EDITED, QUESTIONS, below, cost)
    below = Base(blob_id(EDITED), PackName(b""), 0)
    _put_delta(writing, TWICE, EDITED, below, len(TWICE) + DELTA_STEP + cost)


def _put_delta(writing: Writing, content: bytes, prefix: bytes, base: Base, cost: int) -> None:
    identifier = blob_id(content)
    assert writing.is_new(identifier)
    stored = compress(content, prefix)
    checksum = xxh3_64_intdigest(stored)
    kinds, lengths = bytes([Kind.RAW]), (len(content),)
    block = SealedBlock(
        stored, len(content), Method.DELTA, checksum, kinds, identifier, lengths, cost, (base,)
    )
    writing.add_block(block)


def _more_operations(scene: Scene, first: ObjectId, side: ObjectId) -> None:
    repository, draft = scene.repository, Draft("other", ACTOR, WORKSPACE)
    tree = repository.commit(first).tree
    head = Head(None, first, (side,))
    scene.move("tag/v1", first)
    for fields in (
        {"workspaces": (WorkspaceMove(OTHER_WORKSPACE, None, head),)},
        {"saved": tree, "undoes": (3,), "discarded": (PackName(bytes(range(16))),)},
        {"transaction": _step("prepare", repository, side)},
        {"transaction": _step("commit", repository, side)},
    ):
        repository.append(Draft(draft.kind, draft.actor, draft.workspace, **fields))
    _append_void(scene, side)
    repository.refresh()
    scene.move("branch/side", None)


def _step(phase: str, repository: Repository, commit: ObjectId) -> Transaction:
    refs = Draft("push", ACTOR, refs=(RefMove("branch/pushed", None, commit),))
    about = repository.description
    changes = refs.at(repository.view, about.repository, about.replica, bytes(16), 0).refs
    return Transaction(phase, bytes(range(16, 32)), (about.replica,), about.replica, changes)


def _append_void(scene: Scene, commit: ObjectId) -> None:
    """An operation that moves a ref from where it is not."""
    view, about = scene.repository.view, scene.repository.description
    wrong = Draft("void", ACTOR, refs=(RefMove("tag/v1", commit, None),))
    operation = wrong.at(view, about.repository, about.replica, bytes(16), scene.clockwork.now())
    encoded = encode_operation(operation)
    path = operation_path(operation.sequence)
    scene.storage.create(path, operation_id(encoded) + encoded)


def expected(scene: Scene) -> str:
    """What readers must find in it, as JSON: refs, and every file of every commit."""
    repository = scene.repository
    commits = {
        logged.operation.refs[0].new
        for logged in repository.log.walk()
        if logged.operation.refs and logged.operation.refs[0].new
    }
    content = {
        "refs": {name: ref.id.hex() for name, ref in repository.view.refs.items()},
        "sequence": repository.view.sequence,
        "commits": {
            commit.hex(): {
                path.hex(): [mode, blob.hex()]
                for path, mode, blob in files(repository, repository.commit(commit).tree)
            }
            for commit in sorted(commits)
        },
    }
    return json.dumps(content, indent=1) + "\n"


def files(
    repository: Repository, tree: ObjectId, prefix: bytes = b""
) -> list[tuple[bytes, int, bytes]]:
    """Path, mode and content of every file below a tree."""
    found = []
    for entry in repository.entries(tree):
        if entry.mode is Mode.DIRECTORY:
            found += files(repository, entry.id, prefix + entry.name + b"/")
        else:
            found.append((prefix + entry.name, int(entry.mode), repository.blob(entry.id)))
    return found
