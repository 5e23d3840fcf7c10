"""One holder at a time, waiting that is told, and nothing left when a holder dies."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from contentvc.errors import NotAllowed
from contentvc.worktree import lease
from contentvc.worktree.lease import hold, hold_if_free
from contentvc.worktree.workers import Forked
from tests.worktree.trees import shared_folder, without_privileges


@pytest.fixture
def path(tmp_path):
    return os.fsencode(tmp_path / "lease")


def never():
    raise AssertionError("nobody waits here")


def is_free(path):
    with hold_if_free(path) as held:
        return held


def test_holding(path):
    with hold(path, never):
        assert not is_free(path)
    assert is_free(path)
    with hold(path, never):
        assert not is_free(path)


def test_released_when_the_work_fails(path):
    with pytest.raises(ZeroDivisionError), hold(path, never):
        raise ZeroDivisionError
    assert is_free(path)


def test_waiting_is_told_once(path, monkeypatch):
    monkeypatch.setattr(lease, "_PATIENCE", 0.05)
    told = []
    waiting = threading.Event()

    def on_wait():
        told.append(1)
        waiting.set()

    def other():
        with hold(path, on_wait):
            told.append(2)

    with hold(path, never):
        thread = threading.Thread(target=other)
        thread.start()
        assert waiting.wait(60)
        assert told == [1]
    thread.join()
    assert told == [1, 2]


def test_short_waits_are_not_told(path):
    entered = []
    with hold(path, never):
        thread = threading.Thread(target=lambda: entered.append(hold(path, never).__enter__()))
        thread.start()
    thread.join()
    assert entered == [None]


def run(program, path, **more):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), os.fsdecode(path)], **more
    )


def test_other_processes(path):
    program = """
        import sys
        from contentvc.worktree.lease import hold
        with hold(sys.argv[1].encode(), lambda: None):
            print("held", flush=True)
            sys.stdin.read()
    """
    with run(program, path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"held\n"
        assert not is_free(path)
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert is_free(path)


def test_a_killed_holder_keeps_it_only_while_its_children_write(path, tmp_path):
    """A child that still writes a file holds the lease, and ends by itself after it."""
    program = """
        import os, signal, sys
        from contentvc.worktree.lease import hold
        from contentvc.worktree.workers import Forked

        def write(batch):
            if batch:
                open(f"{sys.argv[1]}.begun", "w").close()
                with open(f"{sys.argv[1]}.go") as fifo:
                    fifo.read()
            else:
                while not os.path.exists(f"{sys.argv[1]}.begun"):
                    pass
                os.kill(os.getpid(), signal.SIGKILL)

        with hold(sys.argv[1].encode(), lambda: None):
            Forked(2).gather(write, [0, 1])
    """
    os.mkfifo(path + b".go")
    with run(program, path) as child:
        assert child.wait() == -signal.SIGKILL
    assert not is_free(path)
    with open(path + b".go", "w") as fifo:
        fifo.write("go")
    with hold(path, never):
        assert not is_free(path)


def test_forked_children_do_not_release_it(path):
    with hold(path, never):
        assert Forked(2).gather(lambda _: is_free(path), [0, 1]) == [False, False]
        assert not is_free(path)
    assert is_free(path)


def test_no_permission():
    with shared_folder() as folder:
        os.chmod(folder, 0o555)  # noqa: S103 - permissions are what is tested

        def work():
            with hold(folder + b"/lease", never):
                pass

        with pytest.raises(NotAllowed):
            without_privileges(work)
        assert without_privileges(lambda: is_free(folder + b"/lease")) is False
        os.chmod(folder, 0o700)
