"""Logs without objects: refs that go from one made-up id to the next."""

from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import Log, operation_path
from contentvc.ids import ObjectId, PackName, RepositoryId, operation_id
from contentvc.snapshots.operation import PackRecord, encode_operation
from contentvc.storage.memory import MemoryStorage
from tests.history.scenes import clockwork

REPOSITORY = RepositoryId(b"r" * 16)
REPLICA = RepositoryId(b"p" * 16)


def new_log(storage=None, seed=1, **wrong):
    """A log with random bytes of its own; on a new storage if none is given."""
    owner = {"repository": REPOSITORY, "replica": REPLICA} | wrong
    return Log(
        storage if storage is not None else MemoryStorage(), clockwork=clockwork(seed), **owner
    )


def commit(number):
    """A made-up id of a commit."""
    return ObjectId(number.to_bytes(32, "big"))


def pack(number, **fields):
    """A made-up record of a pack."""
    return PackRecord(PackName(number.to_bytes(16, "big")), commit(number), 100, 50, **fields)


def move(ref, old, new, **fields):
    """A draft that moves one ref; numbers stand for ids, None for none."""
    ids = [None if one is None else commit(one) for one in (old, new)]
    return Draft("move", "A", refs=(RefMove(ref, *ids),), **fields)


def put(storage, view, draft, **wrong):
    """Append whatever a draft says, valid or not, as a broken writer might."""
    owner = {"repository": REPOSITORY, "replica": REPLICA, "nonce": bytes(16), "time": 0}
    operation = draft.at(view, **owner | {k: v for k, v in wrong.items() if k in owner})
    rest = {key: value for key, value in wrong.items() if key not in owner}
    for key, value in rest.items():
        object.__setattr__(operation, key, value)
    encoded = encode_operation(operation)
    storage.create(operation_path(view.sequence + 1), operation_id(encoded) + encoded)
    return operation
