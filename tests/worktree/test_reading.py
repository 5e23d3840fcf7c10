# ruff: noqa: S103 - permissions are what is tested
"""What is read was there at one moment, and nothing in its place can hang or mislead a reader."""

import os
import socket
import threading

import pytest

from contentvc import limits
from contentvc.errors import Conflict, NotAllowed
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode
from contentvc.worktree import reading
from contentvc.worktree.reading import Reader, find_files, hash_path, read_whole, span_of
from tests.worktree.trees import Link, look, shared_folder, without_privileges, write

BIG = bytes(range(256)) * 20_000
FILES = {
    b"a": b"one",
    b"b/c": b"two",
    b"b/big": BIG,
    b"\xff": b"x",
    b"empty": b"",
    b"link": Link(b"b/c"),
    b"b/dead": Link(b"\xfe"),
}


@pytest.fixture
def root(tmp_path):
    top = os.fsencode(tmp_path)
    write(top, FILES)
    return top


def test_reading(root):
    os.chmod(root + b"/a", 0o755)
    found = {one.path: one for one in look(root).new}
    with Reader(root) as reader:
        for path, content in FILES.items():
            assert reader.read(path) == (content, found[path])
            assert reader.hash(path) == hash_path(root, path) == blob_id(content)
            assert reader.status(path) == found[path]
            assert read_whole(root, path) == content
            parts, here = reader.stream(path, lambda parts: [bytes(part) for part in parts])
            assert b"".join(parts) == content
            assert here == found[path]
            assert max(map(len, parts), default=0) <= limits.MIB
    assert span_of(root, b"b/big", 5, 300) == BIG[5:300]
    assert span_of(root, b"a", 1, 100) == b"ne"
    assert find_files(root, [b"a", b"nothing", b"b", b"a/x", b"link"]) == [
        found[b"a"],
        found[b"link"],
    ]


@pytest.mark.parametrize(
    "path", [b"nothing", b"no/such", b"a/x", b"link/x", b"b", b"fifo", b"socket"]
)
def test_what_is_no_file_any_more(root, path):
    """A fifo or a socket in a file's place does not hang; a symlinked folder is not entered."""
    os.mkfifo(root + b"/fifo")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root)
        server.bind("socket")
        os.chdir(here)
        with Reader(root) as reader, pytest.raises(FileNotFoundError):
            reader.read(path)
        with Reader(root) as reader, pytest.raises(FileNotFoundError):
            reader.stream(path, list)


def test_no_descriptor_is_left(root):
    before = os.listdir("/dev/fd")
    for path in [*FILES, b"nothing", b"b", b"a/x"]:
        with Reader(root) as reader:
            try:
                reader.hash(path)
                reader.read(path)
            except FileNotFoundError:
                continue
    assert os.listdir("/dev/fd") == before


def test_a_file_that_changes_is_read_again(root):
    content = [b"first", b"second", b"third"]

    def consume(parts):
        taken = b"".join(parts)
        if content:
            write(root, {b"a": content.pop(0)})
        return taken

    with Reader(root) as reader, pytest.raises(Conflict) as caught:
        reader.stream(b"a", consume)
    assert caught.value.code == "file-changed"
    assert content == []
    content.append(b"once")
    with Reader(root) as reader:
        taken, found = reader.stream(b"a", consume)
    assert taken == b"once"
    assert found == look(root).new[0]


@pytest.mark.parametrize("size", [5, 10, 4])
def test_a_file_that_changes_after_its_stat(root, size, monkeypatch):
    """The quick way gives up on it, and the careful one reads it again."""
    stat = os.fstat
    left = [b"x" * size]

    def changing(fd):
        status = stat(fd)
        if left:
            write(root, {b"a": left.pop()})
            os.utime(root + b"/a", ns=(7, 7))
        return status

    monkeypatch.setattr(reading.os, "fstat", changing)
    with Reader(root) as reader:
        assert reader.read(b"a")[0] == b"x" * size
    assert not left


def test_a_writer_all_the_time(root):
    """Whatever is returned was whole at some moment."""
    stop = threading.Event()

    def writer():
        number = 0
        while not stop.is_set():
            number += 1
            fd = os.open(root + b"/next", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(fd, b"%d" % (number % 10) * (number % 100_000))
            os.close(fd)
            os.rename(root + b"/next", root + b"/a")

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        with Reader(root) as reader:
            for _ in range(300):
                try:
                    content, found = reader.read(b"a")
                except Conflict:
                    continue
                assert content == b"one" or len(set(content)) <= 1
                assert found.size == len(content)
    finally:
        stop.set()
        thread.join()


def test_a_small_file_that_became_enormous(root, monkeypatch):
    monkeypatch.setattr(reading, "_WHOLE", 2)
    with Reader(root) as reader, pytest.raises(Conflict):
        reader.read(b"a")


def test_unreadable():
    with shared_folder() as root:
        write(root, {b"a": b"x", b"b/c": b"x"})
        os.chmod(root + b"/a", 0)
        os.chmod(root + b"/b", 0)

        def read(path):
            with Reader(root) as reader:
                return reader.read(path)

        try:
            for path in (b"a", b"b/c"):
                with pytest.raises(NotAllowed) as caught:
                    without_privileges(lambda path=path: read(path))
                assert caught.value.code == "permission-denied"
                assert caught.value.details["path"] in ("a", "b")
        finally:
            os.chmod(root + b"/b", 0o700)


def test_modes(root):
    os.chmod(root + b"/a", 0o700)
    with Reader(root) as reader:
        assert reader.read(b"a")[1].mode is Mode.EXECUTABLE
        assert reader.read(b"b/c")[1].mode is Mode.FILE
        assert reader.read(b"link")[1].mode is Mode.SYMLINK
