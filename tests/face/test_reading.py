"""Versions, trees and files as a reader finds them."""

import io
import os
import random
import tracemalloc

import pytest

import contentvc
from contentvc import limits
from contentvc.repository import Repository as Replica
from tests.face.conftest import AUTHOR, write


def test_without_a_working_tree(workspace, tmp_path):
    alone = tmp_path / "alone"
    os.rename(os.path.join(workspace.path, ".contentvc", "repository"), alone)
    repository = contentvc.open_repository(alone)
    assert repository.at("v1").tree["prompts/support.md"].text() == "Be brief.\nBe polite.\n"
    assert dict(repository.branches) == {"main": repository.at("main")}
    with pytest.raises(contentvc.Missing, match="HEAD"):
        repository.at("HEAD")


@pytest.mark.parametrize("below", [".contentvc/repository", ".contentvc", "", "prompts"])
def test_a_repository_is_found_from_every_folder_of_it(workspace, below):
    found = contentvc.open_repository(os.path.join(workspace.path, below))
    assert found.path == workspace.repository.path
    assert found.id == workspace.repository.id


@pytest.mark.parametrize("opener", [contentvc.open, contentvc.open_repository])
def test_where_there_is_none(opener, tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(contentvc.Missing) as caught:
            opener(folder)
        assert caught.value.code == "not-a-repository"


def test_reading_writes_nothing(workspace):
    folder = workspace.repository.path

    def everything():
        return {
            (above, name): os.stat(os.path.join(above, name)).st_mtime_ns
            for above, folders, names in os.walk(folder)
            for name in (*folders, *names)
        }

    before = everything()
    repository = contentvc.open_repository(folder)
    assert {file.path: file.read() for file in repository.at("main").tree.files()}
    assert everything() == before


def test_a_tree_is_a_mapping(repository):
    tree = repository.at("v1").tree
    assert dict(tree) == {path: tree[path] for path in tree}
    assert [file.path for file in tree.values()] == list(tree) == [*tree.keys()]
    assert tree.get("prompts") is tree.get("no") is None
    assert tree[b"model.json"] == tree["model.json"]
    with pytest.raises(KeyError):
        tree["no"]
    assert 7 not in tree
    assert "" not in tree


@pytest.mark.parametrize(
    "path", ["no", "prompts/no", "model.json/no", "", "/", "prompts//router.md", "..", "\ud800"]
)
def test_a_path_that_is_not_there(repository, path):
    tree = repository.at("v1").tree
    assert path not in tree
    with pytest.raises(contentvc.Missing) as caught:
        tree[path]
    assert caught.value.code == "unknown-path"
    with pytest.raises(contentvc.Missing):
        tree.folder(path)


def test_a_folder_is_no_file_and_says_so(repository):
    with pytest.raises(contentvc.Missing) as caught:
        repository.at("v1").tree["prompts"]
    assert caught.value.hint == "it is a folder; that is: .folder('prompts')"


def test_a_folder_is_a_tree_whose_files_know_their_whole_path(repository):
    folder = repository.at("v1").tree.folder("prompts/")
    assert list(folder) == ["router.md", "support.md"]
    assert folder["router.md"].path == "prompts/router.md"
    assert folder["router.md"] == repository.at("v1").tree["prompts/router.md"]
    assert [file.path for file in folder.glob("s*")] == ["prompts/support.md"]
    with pytest.raises(contentvc.Missing, match=r"prompts/no"):
        folder["no"]


def test_names_that_are_not_utf8_come_back_as_they_were(tmp_path):
    workspace = contentvc.init(tmp_path / "set", author=AUTHOR)
    write(workspace.path, {os.fsdecode(b"caf\xe9.txt"): "strange"})
    tree = workspace.commit("odd").tree
    (path,) = tree
    assert path == "caf\udce9.txt"
    assert tree[path].read() == tree[b"caf\xe9.txt"].read() == b"strange"
    assert tree[path] == next(tree.glob("caf?.txt"))


def test_modes_and_links(tmp_path):
    workspace = contentvc.init(tmp_path / "set", author=AUTHOR)
    write(workspace.path, {"run.sh": "#!/bin/sh\n", "plain": ""})
    os.chmod(os.path.join(workspace.path, "run.sh"), 0o700)
    os.symlink("../else where", os.path.join(workspace.path, "link"))
    tree = workspace.commit("modes").tree
    assert [(file.is_executable, file.is_link) for file in tree.files()] == [
        (False, True),
        (False, False),
        (True, False),
    ]
    assert tree["link"].target == "../else where"
    with pytest.raises(contentvc.Usage):
        _ = tree["plain"].target
    assert tree["plain"].read() == tree["plain"].open().read() == b""


PATHS = ("a.md", "b/a.md", "b/c/a.md", "b/c/d.txt", "b/.hidden.md", "c/[x].md")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*", ["a.md"]),
        ("**", list(PATHS)),
        ("**/*.md", [path for path in PATHS if path.endswith(".md")]),
        ("b/**/a.md", ["b/a.md", "b/c/a.md"]),
        ("**/c/**", ["b/c/a.md", "b/c/d.txt", "c/[x].md"]),
        ("**/**/d.*", ["b/c/d.txt"]),
        ("b/*", ["b/a.md", "b/.hidden.md"]),
        ("?/?.md", ["b/a.md"]),
        ("c/[[]x].md", ["c/[x].md"]),
        ("A.md", []),
        ("b", []),
    ],
)
def test_glob(tmp_path, pattern, found):
    workspace = contentvc.init(tmp_path / "set", author=AUTHOR)
    write(workspace.path, dict.fromkeys(PATHS, "x"))
    tree = workspace.commit("names").tree
    assert sorted(file.path for file in tree.glob(pattern)) == sorted(found)


@pytest.mark.parametrize("pattern", ["", "/a", "a//b", "a/"])
def test_what_is_no_pattern(repository, pattern):
    with pytest.raises(contentvc.Usage):
        list(repository.at("v1").tree.glob(pattern))


def test_a_glob_reads_no_folder_that_cannot_fit(repository, monkeypatch):
    tree = repository.at("v1").tree
    read = []
    entries = Replica.entries
    monkeypatch.setattr(
        Replica, "entries", lambda self, id_: read.append(id_) or entries(self, id_)
    )
    assert [file.path for file in tree.glob("prompts/*.md")]
    assert len(read) == 2


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of many chunks and a folder of many entries, beside small files."""
    root = tmp_path_factory.mktemp("large")
    content = random.Random(1).randbytes(3_000_000)
    workspace = contentvc.init(root, author=AUTHOR)
    many = {f"many/{number:05}.txt": str(number) for number in range(5000)}
    write(root, {"large.bin": content, "copy.bin": content, "empty": "", **many})
    workspace.commit("large")
    return contentvc.open_repository(root).at("main").tree, content


def test_a_large_file_is_read_at_any_place(large):
    tree, content = large
    random_ = random.Random(2)
    with tree["large.bin"].open() as file:
        assert isinstance(file, io.BufferedReader)
        assert file.read() == content
        for _ in range(200):
            start, length = random_.randrange(len(content) + 10), random_.randrange(200_000)
            assert file.seek(start) == file.tell() == start
            assert file.read(length) == content[start : start + length]
        assert file.seek(-5, os.SEEK_END) == len(content) - 5
        assert file.read() == content[-5:]
        assert (file.seekable(), file.readable(), file.writable()) == (True, True, False)
        with pytest.raises(ValueError, match="before the beginning"):
            file.seek(-1)
    with pytest.raises(ValueError, match="closed"):
        file.read()


def test_reading_in_part_takes_the_memory_of_a_part(large):
    tree, content = large
    tree["large.bin"].read()  # what is kept for everyone is kept
    tracemalloc.start()
    with tree["large.bin"].open() as file:
        total = sum(len(part) for part in iter(lambda: file.read(10_000), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == len(content)
    assert peak < 6 * limits.CHUNK_MAX


def test_text_is_read_by_line(repository):
    file = repository.at("v1").tree["prompts/support.md"]
    with file.open("r") as lines:
        assert list(lines) == ["Be brief.\n", "Be polite.\n"]
    with pytest.raises(UnicodeDecodeError):
        repository.at("v1").tree["prompts/support.md"].text("utf-32")


def test_one_entry_of_a_large_folder(large):
    tree, _ = large
    assert tree["many/00000.txt"].text() == "0"
    assert tree["many/04999.txt"].text() == "4999"
    assert "many/05000.txt" not in tree
    assert "many/" not in tree
    assert len(tree.folder("many")) == 5000


def test_many_files_at_once(large):
    tree, content = large
    wanted = ["large.bin", "many/00017.txt", tree["copy.bin"], b"empty", "many/04000.txt"]
    found = {file.path: read for file, read in tree.read_many(wanted)}
    assert found == {
        "large.bin": content,
        "copy.bin": content,
        "empty": b"",
        "many/00017.txt": b"17",
        "many/04000.txt": b"4000",
    }
    with pytest.raises(contentvc.Missing):
        next(tree.read_many(["large.bin", "no"]))


def test_a_damaged_pack_is_told_and_not_believed(workspace):
    packs = os.path.join(workspace.repository.path, "packs")
    for name in os.listdir(packs):
        path = os.path.join(packs, name)
        with open(path, "rb") as file:
            content = bytearray(file.read())
        content[20] ^= 1
        os.chmod(path, 0o644)
        with open(path, "wb") as file:
            file.write(content)
    tree = contentvc.open_repository(workspace.path).at("v1").tree
    with pytest.raises(contentvc.Damaged):
        [file.read() for file in tree.files()]


def test_versions_are_values(repository, workspace):
    old, new = repository.at("v1"), repository.at("main")
    assert old == new.parents[0] == workspace.at("main~1")
    assert hash(old) == hash(repository.at(old.id))
    assert old != new
    assert old.parents == ()
    assert new.time.utcoffset() is not None
    assert abs((new.time - old.time).total_seconds()) < 60
    assert [str(change.kind) for change in old.changes()] == ["added"] * 4
    assert [change.path for change in new.changes(old)] == ["model.json", "prompts/support.md"]
    change = new.changes()[0]
    assert (change.old.json()["temperature"], change.new.json()["temperature"]) == (0.2, 0.1)


def test_renames_are_found(workspace):
    os.rename(
        os.path.join(workspace.path, "prompts/router.md"),
        os.path.join(workspace.path, "prompts/route.md"),
    )
    (change,) = workspace.commit("Rename").changes()
    assert (change.path, str(change.kind)) == ("prompts/route.md", "renamed")
    assert change.old_path == change.old.path == "prompts/router.md"
    assert change.new == workspace.at().tree["prompts/route.md"]


def test_what_others_record_is_seen(workspace, repository):
    assert repository.at("main").message == "Shorter"
    write(workspace.path, {"new.md": "x"})
    version = workspace.commit("More")
    assert repository.at("main") == version
    assert repository.branches["main"].tree["new.md"].read() == b"x"
    assert repository.as_of(4).at("main").message == "Shorter"


def test_what_no_ref_names(repository):
    with pytest.raises(contentvc.Missing) as caught:
        repository.at("nowhere")
    assert caught.value.code == "unknown-revision"
    with pytest.raises(KeyError):
        repository.tags["nowhere"]
    assert repository.branches.get("nowhere") is None
    with pytest.raises(contentvc.Missing):
        repository.as_of(99)
