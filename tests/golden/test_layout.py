"""The bytes of layout 1 stay: what was written once is read for ever, and written the same."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from contentvc.history.bundle import decode_bundle
from contentvc.history.path_segment import PathSegment
from contentvc.history.view import decode_view
from contentvc.ids import ObjectId, RepositoryId
from contentvc.objects.lists import decode_list
from contentvc.objects.pack import decode_footer
from contentvc.objects.segment import Segment
from contentvc.repository import Repository, read_description
from contentvc.snapshots.attributes import decode_attributes
from contentvc.snapshots.commit import decode_commit
from contentvc.snapshots.merging import decode_merging
from contentvc.snapshots.operation import (
    PackRecord,
    decode_head,
    decode_operation,
    decode_packs,
    decode_refs,
)
from contentvc.snapshots.tree import decode_tree
from contentvc.storage.local import LocalStorage
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.verify import verify
from tests.golden import values
from tests.golden.small import expected, files, small
from tests.golden.vectors import COMPRESSED, uncompressed, vectors
from tests.history.scenes import clockwork

HERE = Path(__file__).parent
READER = HERE.parent.parent / "docs" / "reader" / "reader.py"
GOLDEN = {
    name: bytes.fromhex(text)
    for name, text in json.loads((HERE / "vectors.json").read_text()).items()
}
MADE = vectors()
EXPECTED = json.loads((HERE / "layout-1.json").read_text())


@pytest.mark.parametrize("name", sorted(GOLDEN | MADE))
def test_encoding_yields_the_golden_bytes(name):
    assert uncompressed(name, MADE[name]) == uncompressed(name, GOLDEN[name])


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - set(COMPRESSED)))
def test_what_is_not_compressed_is_golden_to_the_last_byte(name):
    assert MADE[name] == GOLDEN[name]


def _decoders():
    yield "attributes", decode_attributes, values.ATTRIBUTES
    for decode, table in (
        (decode_tree, values.TREES),
        (decode_commit, values.COMMITS),
        (decode_list, values.LISTS),
        (decode_head, values.HEADS),
        (decode_merging, values.MERGINGS),
        (decode_operation, values.OPERATIONS),
        (decode_view, values.VIEWS),
        (decode_bundle, values.BUNDLES),
    ):
        for name, value in table.items():
            yield name, decode, value
    yield "ref changes", decode_refs, values.REF_CHANGES
    yield "pack records", decode_packs, values.PACK_RECORDS


@pytest.mark.parametrize(
    ("name", "decode", "value"), [pytest.param(*one, id=one[0]) for one in _decoders()]
)
def test_golden_bytes_decode_to_the_value(name, decode, value):
    assert decode(GOLDEN[name]) == value


@pytest.mark.parametrize("name", ["footer", "footer, empty"])
def test_golden_footers_decode_to_the_value(name):
    ending, footer = GOLDEN[name], values.FOOTERS[name]
    end = footer.blocks[-1].offset + footer.blocks[-1].stored if footer.blocks else 8
    record = PackRecord(values.PACK, values.identifier(0), end + len(ending), len(ending))
    assert decode_footer(ending, record, lambda *_: b"") == footer


def test_the_golden_segment_decodes_to_the_value():
    stored = GOLDEN["segment"]
    segment = Segment(lambda start, end: stored[start:end])
    contents = segment.contents()
    assert set(contents) == set(values.SEGMENT)
    for pack, (blocks, rows) in values.SEGMENT.items():
        keys = sorted((row[0][:16], *row[1:]) for row in rows)
        assert (contents[pack][0], sorted(contents[pack][1])) == (list(blocks), keys)
    for pack, (blocks, rows) in values.SEGMENT.items():
        for identifier, kind, number, offset, length in rows:
            place = segment.find(identifier, segment.packs)
            assert place == (kind, pack, number, blocks[number], offset, length)


def test_the_golden_path_segment_decodes_to_the_value():
    segment = PathSegment(RepositoryId(b"\xa5" * 16), GOLDEN["path segment"])
    touches = [
        touch._replace(changed=touch.changed and tuple(map(tuple, touch.changed)))
        for touch in segment.touches()
    ]
    assert touches == list(values.PATH_TOUCHES)
    first, second, merge, many = (touch.id for touch in touches)
    assert segment.candidates([0]) == {first, many}
    assert segment.candidates([1]) == {first, second, many}
    assert segment.candidates([7]) == {merge, many}
    assert segment.candidates([2]) == {many}
    for touch in values.PATH_TOUCHES:
        assert segment.links[touch.id] == touch.link


def test_the_golden_description_decodes_to_the_value():
    storage = MemoryStorage()
    storage.write("repository.json", GOLDEN["repository.json"])
    description = read_description(storage)
    assert description.repository == description.replica == b"\xa5" * 16
    assert description.chunking.average == 65_536


def test_the_ids_are_what_the_reference_says():
    from blake3 import blake3

    for number, context in enumerate([None, "chunk list", "tree", "commit"]):
        full = f"contentvc 1 {context}"
        hasher = blake3(b"content", derive_key_context=full) if context else blake3(b"content")
        assert GOLDEN[f"id of kind {number}"] == hasher.digest()


def _opened(name):
    return Repository.open(LocalStorage(str(HERE / name)), clockwork())


def test_the_golden_repository_opens_and_every_file_is_what_it_was():
    repository = _opened("layout-1")
    assert repository.view.sequence == EXPECTED["sequence"]
    assert {name: ref.id.hex() for name, ref in repository.view.refs.items()} == EXPECTED["refs"]
    for commit, content in EXPECTED["commits"].items():
        tree = repository.commit(ObjectId(bytes.fromhex(commit))).tree
        found = files(repository, tree)
        assert {path.hex(): [mode, blob.hex()] for path, mode, blob in found} == content


@pytest.mark.parametrize("name", ["layout-1", "layout-1-large"])
def test_the_golden_repositories_verify(name):
    assert verify(_opened(name), quick=False).problems == ()


def test_the_log_alone_gives_the_golden_view():
    stored = {
        str(path.relative_to(HERE / "layout-1")): path.read_bytes()
        for path in (HERE / "layout-1").rglob("*")
        if path.is_file()
    }
    view = decode_view(stored.pop("view"))
    storage = MemoryStorage()
    for name, content in stored.items():
        storage.write(name, content)
    assert Repository.open(storage, clockwork()).view == view


def test_a_large_directory_is_joined_from_its_parts():
    repository = _opened("layout-1-large")
    tree = repository.commit(repository.view.refs["branch/main"].id).tree
    (folder,) = repository.entries(tree)
    assert repository.tree(folder.id).is_node
    names = [entry.name for entry in repository.entries(folder.id)]
    assert names == [b"%05d" % number for number in range(4100)]


def test_writing_the_same_again_gives_the_same_repository():
    """All that does not depend on zstd's version: the log without packs' lengths, refs, files."""
    assert json.loads(expected(small(MemoryStorage()))) == EXPECTED


def _read(*words):
    return subprocess.run(
        [sys.executable, str(READER), *map(str, words)], capture_output=True, check=False
    )


def test_the_reader_lists_the_refs():
    listed = _read(HERE / "layout-1").stdout.decode().splitlines()
    assert dict(reversed(line.split()) for line in listed) == EXPECTED["refs"]


@pytest.mark.skipif(sys.platform == "darwin", reason="APFS refuses names that are not UTF-8")
@pytest.mark.parametrize("number", range(len(EXPECTED["commits"])))
def test_the_reader_writes_every_file(number, tmp_path):
    commit, content = list(EXPECTED["commits"].items())[number]
    done = _read(HERE / "layout-1", commit, tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, b"")
    assert written(os.fsencode(tmp_path / "out")) == content


def test_the_reader_writes_a_large_directory(tmp_path):
    assert _read(HERE / "layout-1-large", "main", tmp_path / "out").returncode == 0
    assert len(os.listdir(tmp_path / "out" / "many")) == 4100


def test_the_reader_names_what_is_not_there(tmp_path):
    done = _read(HERE / "layout-1", "nothing", tmp_path / "out")
    assert done.returncode == 1
    assert b"nothing" in done.stderr


@pytest.mark.parametrize("folder", ["packs", "operations"])
def test_the_reader_notices_damage(folder, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(HERE / "layout-1", copy)
    damaged = min((copy / folder).iterdir())
    content = bytearray(damaged.read_bytes())
    content[100] ^= 1
    damaged.write_bytes(content)
    done = _read(copy)
    assert done.returncode == 1
    assert b"damaged" in done.stderr


def test_the_reader_does_not_need_contentvc():
    words = READER.read_text().split()
    imported = {after for word, after in pairwise(words) if word == "import"}
    assert "contentvc" not in imported
    assert not any(word.startswith("contentvc.") for word in imported)


def written(folder: bytes) -> dict[str, list[int | str]]:
    """Path, mode and content of every file below a folder, as layout-1.json has them."""
    found: dict[str, list[int | str]] = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            if os.path.islink(path):
                mode, content = 2, os.readlink(path)
            else:
                mode = 1 if os.stat(path).st_mode & 0o100 else 0
                content = Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, folder).hex()] = [mode, content.hex()]
    return found
