"""What goes wrong at somebody's prompt: each has one clear message and an exit code.

Through the real program, but for what only another user meets: tests may run as root, who may do
everything, so there a child gives up its rights.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from contentvc.history.draft import RefMove
from contentvc.ids import Kind, keyed_id
from contentvc.snapshots.commit import Commit, encode_commit
from tests.actions.site import ACTOR, Link, Site
from tests.cli.terminal import Terminal, start

NOBODY = 65534


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "site").init().write({b"a": b"1", b"d/b": b"2"})


def run(site: Site, *arguments: str) -> Said:
    done = start(*arguments, cwd=site.root, env=_variables())
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def _variables() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nowhere", "CONTENTVC_AUTHOR": ACTOR}


def check(said: Said, code: int, *parts: str) -> None:
    """One message, with these parts in it, and no traceback."""
    assert said.code == code, said
    assert "Traceback" not in said.err
    message, *hints = said.err.strip().splitlines()
    for part in parts:
        assert part in message
    assert len(hints) <= 1


def test_not_a_repository(tmp_path):
    done = start("status", cwd=tmp_path, env=_variables())
    check(Said(done.returncode, "", done.stderr.decode()), 3, "not under contentvc", str(tmp_path))


def test_an_unknown_revision(site):
    site.commit("one")
    for arguments in (["show", "nope"], ["switch", "--detach", "nope"], ["diff", "nope"]):
        check(run(site, *arguments), 3, "nope")
    said = run(site, "--json", "show", "nope")
    assert said.code == 3
    assert said.json["error"]["code"] == "unknown-revision"


def test_an_ambiguous_revision_names_the_candidates(site):
    context = site.context()
    with context.repository.writing() as writing:
        tree = writing.put_tree(_empty_tree())
        twins = _twins(tree)
        for twin in twins:
            writing.put_commit(encode_commit(twin))
        packs = writing.finish()
    ids = [keyed_id(Kind.COMMIT, encode_commit(twin)) for twin in twins]
    moves = tuple(RefMove(f"tag/{n}", None, one) for n, one in enumerate(ids))
    context.repository.append(replace(context.draft("tag"), refs=moves, added=packs))
    digits = ids[0].hex()[:4]
    said = run(site, "show", digits)
    assert said.code == 2
    assert digits in said.err
    for one in ids:
        assert one.hex()[:8] in said.err
    assert run(site, "show", ids[0].hex()[:12]).code == 0


def _empty_tree() -> bytes:
    from contentvc.snapshots.tree import EMPTY_TREE, encode_tree

    return encode_tree(EMPTY_TREE)


def _twins(tree: bytes) -> tuple[Commit, Commit]:
    """Two commits whose ids begin alike."""
    seen: dict[str, Commit] = {}
    for number in range(100_000):
        commit = Commit(tree, (), ACTOR, number, 0, "twin")
        digits = keyed_id(Kind.COMMIT, encode_commit(commit)).hex()[:4]
        if digits in seen:
            return seen[digits], commit
        seen[digits] = commit
    raise AssertionError("no two commits begin alike")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that another user may enter."""
    place = tempfile.mkdtemp()
    os.chmod(place, 0o777)  # noqa: S103
    yield Path(place)
    shutil.rmtree(place)


def as_nobody(here: Path, *arguments: str) -> Said:
    """Run a command as a user who is not root, in a child of this process."""
    variables = {"HOME": "/nowhere", "CONTENTVC_AUTHOR": ACTOR, "TERM": "xterm"}
    terminal = Terminal(os.fsencode(os.path.realpath(here)), variables)
    if os.geteuid():
        return Said(*_ran(terminal, arguments))
    _import_everything()
    return Said(*json.loads(_forked(lambda: json.dumps(_ran(terminal, arguments)))))


def _ran(terminal: Terminal, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    ran = terminal.run(*arguments)
    return ran.code, ran.out, ran.err


def _import_everything() -> None:
    """While it may be read: the interpreter may be root's own."""
    with tempfile.TemporaryDirectory() as made:
        terminal = Terminal(os.fsencode(os.path.realpath(made)), {"CONTENTVC_AUTHOR": ACTOR})
        Site(made).init().write({b"a": b"1"})
        changed = "commit -m y --allow-empty --skip-unreadable"
        for line in ("commit -m x", "status", changed, "commit", "init", "nonsense"):
            terminal.run(*line.split())
        Site(made).write({b"a": b"2"}).commit("z")
        for line in ("switch --detach HEAD~1", "restore a", "switch main"):
            terminal.run(*line.split())


def _forked(work: Callable[[], str]) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(writing, work().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer


def test_a_folder_that_may_not_be_written(open_place):
    locked = open_place / "locked"
    locked.mkdir(mode=0o755)
    if not os.geteuid():
        check(as_nobody(locked, "init"), 6, "locked", "Permission denied")
    else:
        locked.chmod(0o555)
        check(as_nobody(locked, "init"), 6, "locked", "Permission denied")
    assert os.listdir(locked) == []


def _open(folder: Path) -> None:
    """Give everything below a folder to everybody."""
    for above, folders, names in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(above, name), 0o777)  # noqa: S103
        for name in names:
            os.chmod(os.path.join(above, name), 0o666)  # noqa: S103
    os.chmod(folder, 0o777)  # noqa: S103


def test_a_repository_that_may_not_be_written_can_be_read(open_place):
    site = Site(open_place / "site").init().write({b"a": b"1"})
    site.commit("one")
    site.write({b"a": b"2"})
    for above, _, names in os.walk(site.root):
        os.chmod(above, 0o555)  # noqa: S103
        for name in names:
            os.chmod(os.path.join(above, name), 0o444)
    said = as_nobody(open_place / "site", "status", "--short")
    assert (said.code, said.err) == (0, "")
    assert "a" in said.out
    check(as_nobody(open_place / "site", "commit", "-m", "x"), 6, "Permission denied")
    assert site.at("HEAD") == {b"a": b"1"}
    for above, _, _ in os.walk(site.root):
        os.chmod(above, 0o755)  # noqa: S103


@pytest.mark.parametrize("name", [b"secretive", b"shut/inside"])
def test_what_cannot_be_read_is_named_and_nothing_is_recorded(open_place, name):
    """A file, and a folder with files in it."""
    site = Site(open_place / "site").init().write({b"a": b"1", name: b"2"})
    _open(open_place / "site")
    top = os.path.join(site.root, name.split(b"/")[0])
    os.chmod(top, 0)
    said = as_nobody(open_place / "site", "commit", "-m", "x")
    check(said, 1, os.fsdecode(name.split(b"/")[0]))
    assert "--skip-unreadable" in said.err
    assert site.refs() == {}
    said = as_nobody(open_place / "site", "commit", "-m", "x", "--skip-unreadable")
    assert said.code == 0, said
    assert site.at("HEAD") == {b"a": b"1"}
    os.chmod(top, 0o755)  # noqa: S103
    assert {change.path for change in site.status().changes} == {name}


def test_what_is_recorded_and_cannot_be_read_any_more_is_not_removed(open_place):
    site = Site(open_place / "site").init().write({b"a": b"1", b"shut/b": b"2"})
    site.commit("one")
    site.write({b"a": b"2"})
    _open(open_place / "site")
    os.chmod(open_place / "site" / "shut", 0)
    said = as_nobody(open_place / "site", "commit", "-m", "x", "--skip-unreadable")
    assert said.code == 0, said
    assert site.at("HEAD") == {b"a": b"2", b"shut/b": b"2"}
    said = as_nobody(open_place / "site", "switch", "--detach", "HEAD~1")
    assert said.code == 0, said
    os.chmod(open_place / "site" / "shut", 0o755)  # noqa: S103
    assert site.files() == {b"a": b"1", b"shut/b": b"2"}
    assert site.status().clean


def test_a_full_disk(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here; tests/faults fills disks by injection")
    try:
        site = Site(place / "site").init().write({b"a": b"1"})
        site.commit("one")
        site.write({b"large": os.urandom(600_000)})
        check(run(site, "commit", "-m", "large"), 8, "No space left")
        assert run(site, "status").code == 0
        assert site.at("HEAD") == {b"a": b"1"}
        site.remove(b"large")
        assert run(site, "commit", "--allow-empty", "-m", "x").code == 0
        assert run(site, "verify").code == 0
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_file_that_changes_all_the_time(site):
    site.commit("one")
    path = os.path.join(site.root, b"growing")
    with open(path, "wb") as file:
        file.truncate(60_000_000)
    is_over = threading.Event()

    def write() -> None:
        with open(path, "ab", buffering=0) as file:
            while not is_over.is_set():
                file.write(b"more")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        said = run(site, "commit", "-m", "x")
    finally:
        is_over.set()
        writer.join()
    check(said, 4, "growing", "changed each of the")
    assert site.at("HEAD") == {b"a": b"1", b"d/b": b"2"}
    assert run(site, "commit", "-m", "x").code == 0


def test_names_that_are_no_utf_8(site):
    site.write({b"\xff\xfe": b"odd", b"d/\x80\n\x1b[31m": b"odder"})
    told = run(site, "--json", "status").json
    names = {change["path"] for change in told["changes"]}
    assert names == {"a", "d/b", "\ufffd\ufffd", "d/\ufffd\n\x1b[31m"}
    assert sum("path_bytes" in change for change in told["changes"]) == 2
    shown = run(site, "status").out
    assert "\x1b" not in shown
    assert run(site, "commit", "-m", "x").code == 0
    assert site.at("HEAD") == site.files()
    site.remove(b"\xff\xfe")
    done = start("restore", b"\xff\xfe", cwd=site.root, env=_variables())
    assert done.returncode == 0
    assert site.status().clean


def test_a_rename_in_case_alone(site):
    site.commit("one")
    run(site, "switch", "-c", "other")
    os.rename(os.path.join(site.root, b"a"), os.path.join(site.root, b"A"))
    os.rename(os.path.join(site.root, b"d"), os.path.join(site.root, b"D"))
    assert run(site, "commit", "-m", "case").code == 0
    assert set(site.at("HEAD")) == {b"A", b"D/b"}
    for name, paths in (("main", {b"a", b"d/b"}), ("other", {b"A", b"D/b"})):
        assert run(site, "switch", name).code == 0
        assert set(site.files()) == paths
        assert site.status().clean


def test_links_that_lead_in_circles(site):
    site.write(
        {b"one": Link(b"two"), b"two": Link(b"one"), b"d/up": Link(b".."), b"self": Link(b"self")}
    )
    assert run(site, "commit", "-m", "x").code == 0
    assert site.kinds(site.at("HEAD")) == site.kinds(site.files())
    assert run(site, "status").code == 0
    site.remove(b"one", b"self")
    assert run(site, "restore", "one", "self").code == 0
    assert site.status().clean


def test_what_is_no_file_is_passed_over_with_a_note(site):
    os.mkfifo(os.path.join(site.root, b"fifo"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.join(os.fsdecode(site.root), "socket"))
        said = run(site, "commit", "-m", "x")
        assert said.code == 0
        for part in ("fifo", "socket"):
            assert part in said.out + said.err
        assert set(site.at("HEAD")) == {b"a", b"d/b"}
        skipped = run(site, "--json", "status").json["skipped"]
        assert {(one["path"], one["reason"]) for one in skipped} == {
            ("fifo", "fifo"),
            ("socket", "socket"),
        }


def test_a_file_that_becomes_a_fifo_does_not_hang_anybody(site):
    site.commit("one")
    site.remove(b"a")
    os.mkfifo(os.path.join(site.root, b"a"))
    assert run(site, "status").code == 0
    assert run(site, "diff").code == 0
    assert run(site, "commit", "-m", "x").code == 0
    assert set(site.at("HEAD")) == {b"d/b"}


def test_two_commands_at_once(site):
    """The second waits, says so after a second, and goes on when the first is done."""
    site.commit("one")
    site.write({b"a": b"2"})
    with open(site.context().place.lease, "rb") as lease:
        fcntl.flock(lease, fcntl.LOCK_EX)
        waiting = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from contentvc.cli.main import main; main()",
                "commit",
                "-m",
                "x",
            ],
            cwd=site.root,
            env=_variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with waiting:
            assert waiting.stderr
            note = waiting.stderr.readline()
            assert b"another command is using this workspace; waiting" in note
            assert run(site, "status").code == 0  # reading waits for nobody
            fcntl.flock(lease, fcntl.LOCK_UN)
            waiting.communicate()
    assert waiting.returncode == 0
    assert site.at("HEAD")[b"a"] == b"2"


def test_a_clock_that_goes_back(tmp_path):
    now = [1_800_000_000_000_000]
    site = Site(tmp_path / "site", clock=lambda: now[0]).init()
    for number, step in enumerate((0, 10, -86_400_000_000, 5, -1_700_000_000_000_000, 7)):
        now[0] += step
        site.write({b"a": b"%d" % number}).commit(f"number {number}")
    times = [one.operation.time for one in site.repository().log.walk()]
    assert times == sorted(times)
    assert len(times) == 7
    assert site.verify().ok
    said = run(site, "--json", "log")
    assert [one["message"] for one in said.json["commits"]] == [
        f"number {n}" for n in range(5, -1, -1)
    ]
    assert run(site, "operations").code == 0
    assert run(site, "show", "main@{1 hour ago}").code in (0, 3)


@pytest.mark.parametrize("years", [-60, 60])
def test_files_with_impossible_times_are_read_each_time(site, years):
    moment = time.time_ns() + years * 31_536_000_000_000_000
    path = os.path.join(site.root, b"a")
    os.utime(path, ns=(moment, moment))
    assert run(site, "commit", "-m", "x").code == 0
    site.write({b"a": b"2"})  # as long as before
    os.utime(path, ns=(moment, moment))
    assert [change.path for change in site.status().changes] == [b"a"]
    assert run(site, "commit", "-m", "y").code == 0
    assert site.at("HEAD")[b"a"] == b"2"


DAMAGED = {
    "packs/": ("cat", "HEAD:a"),
    "operations/": ("log",),
    "repository.json": ("status",),
}


@pytest.mark.parametrize("part", DAMAGED)
def test_damage_is_one_message(site, part):
    site.commit("one")
    top = site.repository_folder
    names = [
        os.path.join(above, name)
        for above, _, found in os.walk(top)
        for name in found
        if part in os.path.join(above, name)
    ]
    for name in names:
        with open(name, "r+b") as file:
            content = file.read()
            file.seek(0)
            file.write(bytes(byte ^ 0x10 for byte in content))
    if part == "operations/":
        os.unlink(os.path.join(top, "view"))
    check(run(site, *DAMAGED[part]), 7)
    said = run(site, "verify")
    assert said.code in (1, 7)
    assert "Traceback" not in said.err


@pytest.mark.parametrize("part", ["view", "state"])
def test_damaged_caches_are_no_ones_concern(site, part):
    site.commit("one")
    site.write({b"a": b"2"})
    path = (
        os.path.join(site.repository_folder, "view")
        if part == "view"
        else site.context().place.state
    )
    with open(path, "r+b") as file:
        file.write(b"\0" * 60)
    said = run(site, "status", "--short")
    assert (said.code, said.err) == (0, "")
    assert said.out.split()[-1] == "a"
    assert run(site, "commit", "-m", "two").code == 0
    assert run(site, "verify").code == 0


def test_a_repository_that_needs_a_newer_version_is_left_alone(site):
    path = os.path.join(site.repository_folder, "repository.json")
    with open(path, "rb") as file:
        content = json.load(file)
    content["features"]["write"] = ["time-travel"]
    with open(path, "w") as file:
        json.dump(content, file)
    before = {
        name: os.stat(os.path.join(site.repository_folder, name)).st_mtime_ns
        for name in os.listdir(site.repository_folder)
    }
    check(run(site, "commit", "-m", "x"), 7, "newer contentvc", "time-travel")
    assert before == {
        name: os.stat(os.path.join(site.repository_folder, name)).st_mtime_ns
        for name in os.listdir(site.repository_folder)
    }
