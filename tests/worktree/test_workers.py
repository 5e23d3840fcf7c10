"""Workers: the same results here and in forked processes, in order, and nothing left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from contentvc.errors import Busy, Conflict
from contentvc.worktree.workers import Forked, Inline
from tests.children import children

ALL = [Inline(), Forked(1), Forked(2), Forked(3)]


def open_descriptors() -> set[str]:
    return set(os.listdir("/dev/fd"))


@pytest.fixture(autouse=True)
def nothing_left():
    before = open_descriptors(), children()
    yield
    assert (open_descriptors(), children()) == before


def squares(batch):
    wanted = yield list(batch)
    return [number * number for number in batch if number in wanted]


@pytest.mark.parametrize("workers", ALL)
def test_conversation(workers):
    batches = [list(range(n, n + 7)) for n in range(0, 700, 7)]
    results = list(workers.converse(squares, batches, lambda asked: {n for n in asked if n % 3}))
    assert results == [[n * n for n in batch if n % 3] for batch in batches]


@pytest.mark.parametrize("workers", ALL)
def test_several_questions_or_none(workers):
    def talk(batch):
        heard = ()
        for number in range(batch):
            heard += ((yield number),)
        return list(heard)

    results = list(workers.converse(talk, [3, 0, 1, 5, 0], lambda asked: asked + 100))
    assert results == [[100, 101, 102], [], [100], [100, 101, 102, 103, 104], []]


@pytest.mark.parametrize("workers", ALL)
def test_large_messages(workers):
    def talk(batch):
        answer = yield b"q" * (batch * 1_000_000)
        return answer + b"!"

    results = workers.converse(talk, [1, 3, 2, 4], lambda asked: asked + b"a" * 2_000_000)
    assert [len(result) for result in results] == [3_000_001, 5_000_001, 4_000_001, 6_000_001]


@pytest.mark.parametrize("workers", ALL)
def test_gather(workers):
    assert workers.gather(lambda part: part * 2, ["a", "b", "c"]) == ["aa", "bb", "cc"]
    assert workers.gather(lambda part: part, []) == []


def test_gather_uses_other_processes():
    first, second = Forked(2).gather(lambda _: os.getpid(), [1, 2])
    assert first == os.getpid() != second


def refuse(batch):
    yield batch
    if batch == 3:
        raise Conflict("file-changed", "it changed", "wait", path="p", count=2)
    return batch


@pytest.mark.parametrize("workers", ALL)
def test_errors_come_through_whole(workers):
    taken = []
    with pytest.raises(Conflict) as caught:
        taken.extend(workers.converse(refuse, list(range(50)), lambda asked: asked))
    assert (caught.value.code, caught.value.message, caught.value.hint) == (
        "file-changed", "it changed", "wait"
    )  # fmt: skip
    assert caught.value.details == {"path": "p", "count": 2}
    assert taken == list(range(len(taken)))


class Unpicklable(Exception):
    def __init__(self, one, two):
        super().__init__(one + two)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(KeyError("k"), KeyError), (OSError(28, "full"), OSError), (Unpicklable(1, 2), RuntimeError)],
)
def test_any_error_comes_through(error, raised):
    def fail(_):
        raise error

    with pytest.raises(raised) as caught:
        Forked(2).gather(lambda part: fail(part) if part else part, [0, 1])
    assert "in fail" in caught.value.__notes__[0]


def test_an_error_here_ends_the_children():
    def answer(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Forked(2).converse(squares, [[1], [2], [3]], answer))


def test_a_result_that_cannot_be_sent_is_an_error():
    with pytest.raises((RuntimeError, AttributeError, TypeError)):
        Forked(2).gather(lambda part: lambda: part, [1, 2])


def test_closing_the_results_early_ends_the_children():
    results = Forked(2).converse(squares, [[n] for n in range(1000)], set)
    assert next(results) == [0]
    results.close()


def test_a_killed_child_is_an_error():
    def die(batch):
        if batch == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        yield batch

    with pytest.raises(Busy) as caught:
        list(Forked(2).converse(die, list(range(20)), lambda asked: asked))
    assert caught.value.code == "storage-failed"


def test_few_results_wait():
    """However slow one batch is, the others' results do not pile up in memory."""
    reader, writer = os.pipe()

    def slow_first(batch):
        yield batch
        if batch == 0:
            time.sleep(0.2)
        os.write(writer, b"x")
        return batch

    results = Forked(2).converse(slow_first, list(range(500)), lambda asked: asked)
    assert next(results) == 0
    assert len(os.read(reader, 1000)) <= 10
    results.close()
    os.close(reader)
    os.close(writer)


def test_children_end_when_the_parent_is_killed():
    program = textwrap.dedent(
        """
        import os, signal, sys, time
        from contentvc.worktree.workers import Forked

        def work(batch):
            os.write(1, f"{os.getpid()}\\n".encode())
            yield batch
            return batch

        def answer(asked):
            if asked == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return asked

        list(Forked(2).converse(work, list(range(100)), answer))
        """
    )
    run = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=60, check=False
    )
    # The pipe was read to its end, so no process that writes to it is left.
    assert run.returncode == -signal.SIGKILL
    assert run.stdout


def test_nothing_is_forked_where_the_program_may_not():
    here = os.getpid()
    workers = Forked(2, lambda: False)
    assert workers.count == 1
    assert workers.gather(lambda _: os.getpid(), [1, 2]) == [here, here]
