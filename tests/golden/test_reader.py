"""The independent reader and contentvc agree, on logs and contents that nobody chose by hand."""

import importlib.util
import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.actions.compact import compact
from contentvc.history.draft import Draft, RefMove
from contentvc.history.log import operation_path
from contentvc.ids import operation_id
from contentvc.limits import BUNDLE_OPERATIONS
from contentvc.snapshots.operation import RefChange, Transaction, encode_operation
from contentvc.snapshots.tree import Mode
from tests.actions.site import Site
from tests.golden.small import files
from tests.history.logs import commit
from tests.history.scenes import Scene

READER = Path(__file__).parent.parent.parent / "docs" / "reader" / "reader.py"


@pytest.fixture(scope="module")
def reader():
    spec = importlib.util.spec_from_file_location("contentvc_reader", READER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved(scene, folder):
    """What a scene holds in memory, as files of a folder."""
    for name in scene.storage.list(""):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(scene.storage.read(name))
    return str(folder)


REF = st.sampled_from(["branch/a", "branch/b", "tag/c"])
ID = st.none() | st.integers(1, 2).map(commit)
CHANGE = st.builds(RefChange, REF, ID, ID, st.integers(0, 6))
CHANGES = st.lists(CHANGE, max_size=2, unique_by=lambda change: change.name).map(
    lambda changes: tuple(sorted(changes, key=lambda change: change.name))
)
STEP = st.none() | st.builds(
    Transaction,
    phase=st.sampled_from(["prepare", "commit", "abort", "break"]),
    id=st.sampled_from([b"1" * 16, b"2" * 16]),
    refs=CHANGES,
)


def likely(change, view, data):
    """A change that may well hold: where the ref is is right, more often than not."""
    current = view.refs.get(change.name)
    if data.draw(st.integers(0, 3)):
        old, previous = current or (None, 0)
        return RefChange(change.name, old, change.new, previous)
    return change


@given(st.data())
@settings(max_examples=80)
def test_both_replay_any_log_to_the_same_refs(tmp_path_factory, reader, data):
    scene = Scene()
    for _ in range(data.draw(st.integers(1, 8))):
        view = scene.repository.refresh()
        refs = tuple(likely(change, view, data) for change in data.draw(CHANGES))
        step = data.draw(STEP)
        if step is not None:
            held = tuple(likely(change, view, data) for change in step.refs)
            step = Transaction(step.phase, step.id, (), None, held)
        about = scene.repository.description
        operation = Draft("x", "A", transaction=step).at(
            view, about.repository, about.replica, scene.clockwork.random(16), 0
        )
        object.__setattr__(operation, "refs", refs)
        object.__setattr__(operation, "transaction", step)
        if not data.draw(st.integers(0, 9)):
            object.__setattr__(operation, "previous", bytes(32))
        encoded = encode_operation(operation)
        path = operation_path(view.sequence + 1)
        scene.storage.create(path, operation_id(encoded) + encoded)
    folder = tmp_path_factory.mktemp("log")
    read = reader.Repository(saved(scene, folder))
    view = scene.repository.refresh()
    assert read.refs == {name: tuple(ref) for name, ref in view.refs.items()}
    assert set(read.reserved) == set(view.reservations)
    assert read.gone == view.gone


def test_both_read_every_file_of_a_larger_history(tmp_path, reader):
    random, scene = Random(11), Scene()
    for number in range(12):
        names = [b"d%d/f%d" % (random.randrange(5), random.randrange(40)) for _ in range(20)]
        changes = {name: random.randbytes(random.randrange(400)) for name in names}
        changes[b"large"] = random.randbytes(100_000) * 3 + b"%d" % number
        changes[b"link"] = names[0]
        scene.commit(changes, f"{number}", modes={b"link": Mode.SYMLINK})
    scene.commit({b"many/%05d" % number: b"%d" % number for number in range(5000)})
    read = reader.Repository(saved(scene, tmp_path))
    repository = scene.open()
    identifier = repository.view.refs["branch/main"].id
    for _ in range(3):
        tree = repository.commit(identifier).tree
        found = [(path, mode, b"".join(read.blob(blob))) for path, mode, blob in read.files(tree)]
        assert found == files(repository, tree)
        identifier = repository.commit(identifier).parents[0]


def test_both_read_a_log_with_bundles(tmp_path, reader):
    scene = Scene()
    for number in range(BUNDLE_OPERATIONS + 5):
        view = scene.repository.view
        current = view.refs.get("branch/x")
        move = RefMove("branch/x", current.id if current else None, commit(number + 1))
        scene.repository.append(Draft("x", "A", refs=(move,)))
    folder = saved(scene, tmp_path)
    assert os.listdir(tmp_path / "bundles") == [f"{1:020d}-{BUNDLE_OPERATIONS:020d}"]
    assert os.stat(tmp_path / operation_path(500)).st_size == 0
    assert reader.Repository(folder).refs == dict(scene.open().view.refs)


def test_it_reads_what_was_compacted(tmp_path, reader):
    """Packs in several parts, copied chunks, shortened chains: all as the layout has it."""
    site = Site(tmp_path / "site").init()
    content, versions = bytearray(Random(5).randbytes(400_000)), {}
    for number in range(12):
        content[number * 900 : number * 900 + 20] = b"20 bytes are changed"
        site.write({b"large": bytes(content), b"d/e/small": b"version %d\n" % number * 99})
        site.commit(f"version {number}")
        versions[site.repository().view.refs["branch/main"].id] = site.files()
    compact(site.context())
    read = reader.Repository(site.repository_folder)
    for commit_id, wanted in versions.items():
        tree = site.repository().commit(commit_id).tree
        found = {path: b"".join(read.blob(blob)) for path, _, blob in read.files(tree)}
        assert found == wanted
