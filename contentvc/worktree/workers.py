"""Workers: how work on many files runs, here or in forked processes, with the same results.

Work is a sequence of batches, known beforehand. A function makes a result of a batch; in a
conversation it may ask questions on the way, which are answered in the calling process: a worker
hashes a batch, asks which ids are not stored yet, and compresses only those.
"""

import gc
import os
import select
import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from enum import IntEnum
from typing import Any, Final, NoReturn, Protocol, TypeVar

from contentvc.errors import Busy
from contentvc.worktree.messages import failure, raise_failure, receive, send, widen

__all__ = ["Forked", "Inline", "Workers"]

Batch = TypeVar("Batch")
Question = TypeVar("Question")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


class Workers(Protocol):
    """Runs functions over batches. Functions may be closures; they may not rely on side effects.

    Results come in the order of the batches. What a function raises is raised here, and nothing
    runs on once a call has returned, raised or been closed. Batches are not copied; questions,
    answers and results are pickled where processes are forked, and there only a few of them are
    held at a time, however many batches there are.
    """

    @property
    def count(self) -> int:
        """How many run at the same time; one means: do not bother to split the work."""

    def gather(self, function: Callable[[Batch], Result], parts: Sequence[Batch]) -> list[Result]:
        """The results for a few large parts, all run at once, the first in this process."""

    def converse(
        self,
        function: Callable[[Batch], Generator[Question, Answer, Result]],
        batches: Sequence[Batch],
        answer: Callable[[Question], Answer],
    ) -> Iterator[Result]:
        """The results for many small batches; what a function yields is answered by `answer`.

        `answer` is called here, one question at a time, in no particular order of batches.
        """


class Inline:
    """Everything in this process and thread. What a library uses: it may have other threads."""

    @property
    def count(self) -> int:
        """One."""
        return 1

    def gather(self, function: Callable[[Batch], Result], parts: Sequence[Batch]) -> list[Result]:
        """As `Workers.gather`, one after the other."""
        return [function(part) for part in parts]

    def converse(
        self,
        function: Callable[[Batch], Generator[Question, Answer, Result]],
        batches: Sequence[Batch],
        answer: Callable[[Question], Answer],
    ) -> Iterator[Result]:
        """As `Workers.converse`, one after the other."""
        for batch in batches:
            yield _talk(function(batch), answer)


class Forked:
    """Forked processes. Only for a program that has no other threads: the command line.

    Children end with this process, however it ends, but not before the file they are at; they
    keep what it has locked with ``flock`` until then.
    """

    def __init__(self, count: int, may_fork: Callable[[], bool] = lambda: True) -> None:
        """With this many processes at work at once, as long as the program may fork."""
        self._most = max(1, count)
        self._may_fork = may_fork

    @property
    def count(self) -> int:
        """As many as were asked for; one where the program may not fork any more."""
        return self._most if self._may_fork() else 1

    def gather(self, function: Callable[[Batch], Result], parts: Sequence[Batch]) -> list[Result]:
        """As `Workers.gather`; a process for each part but the first.

        Raises:
            Busy: a process was ended from outside.
        """
        if self.count == 1 or len(parts) < 2:
            return Inline().gather(function, parts)
        team = _Team()
        try:
            for part in parts[1:]:
                team.fork(_once(function, part))
            results = [function(parts[0])]
            for child in team.children:
                kind, _, value = _heard(child)
                results.append(_result(kind, value))
        finally:
            team.end()
        return results

    def converse(
        self,
        function: Callable[[Batch], Generator[Question, Answer, Result]],
        batches: Sequence[Batch],
        answer: Callable[[Question], Answer],
    ) -> Iterator[Result]:
        """As `Workers.converse`.

        Raises:
            Busy: a process was ended from outside.
        """
        if self.count == 1 or len(batches) < 2:
            yield from Inline().converse(function, batches, answer)
            return
        team = _Team()
        try:
            for _ in range(min(self._most, len(batches))):
                team.fork(_many(function, batches))
            yield from _conduct(team, len(batches), answer)
        finally:
            team.end()


class _Kind(IntEnum):
    QUESTION = 0
    RESULT = 1
    FAILED = 2
    BATCH = 3
    ANSWER = 4


_AHEAD: Final = 2
"""Batches given to a child at a time, so that it need not wait while we use its last result."""
_WINDOW: Final = 3
"""Per child: batches given out beyond the next one due. It bounds the results that wait here."""


class _Child:
    """One forked process: its number and the two pipes."""

    __slots__ = ("given", "orders", "pid", "reports")

    def __init__(self, pid: int, orders: int, reports: int) -> None:
        self.pid = pid
        self.orders = orders
        self.reports = reports
        self.given = 0


class _Team:
    """The children of one call."""

    def __init__(self) -> None:
        self.children: list[_Child] = []

    def fork(self, work: Callable[[int, int], None]) -> None:
        """A child that does `work(orders, reports)` and ends."""
        orders, tell = os.pipe()
        hear, reports = os.pipe()
        widen(reports)
        pid = os.fork()
        if not pid:
            _live(work, orders, reports, [tell, hear, *self._ends()])
        os.close(orders)
        os.close(reports)
        self.children.append(_Child(pid, tell, hear))

    def _ends(self) -> list[int]:
        return [end for child in self.children for end in (child.orders, child.reports)]

    def end(self) -> None:
        """Whatever the children still do, end it, and leave no zombie."""
        for end in self._ends():
            os.close(end)
        for child in self.children:
            os.kill(child.pid, signal.SIGKILL)
        for child in self.children:
            os.waitpid(child.pid, 0)
        self.children = []


def _live(
    work: Callable[[int, int], None], orders: int, reports: int, foreign: list[int]
) -> NoReturn:
    """All that a child does. It never returns into the code that forked it.

    The parent decides what an interrupt means, and ends its children. Pipe ends of other children
    are closed, or these would not see the parent's end.
    """
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        gc.disable()
        for end in foreign:
            os.close(end)
        try:
            work(orders, reports)
            status = 0
        except BaseException as error:  # noqa: BLE001 - it is raised again in the parent
            send(reports, (_Kind.FAILED, 0, failure(error)))
    finally:
        os._exit(status)


def _once(function: Callable[[Batch], Result], part: Batch) -> Callable[[int, int], None]:
    def work(_orders: int, reports: int) -> None:
        send(reports, (_Kind.RESULT, 0, function(part)))

    return work


def _many(
    function: Callable[[Batch], Generator[Question, Answer, Result]], batches: Sequence[Batch]
) -> Callable[[int, int], None]:
    def work(orders: int, reports: int) -> None:
        due: deque[int] = deque()

        def ask(question: Question) -> Answer:
            send(reports, (_Kind.QUESTION, 0, question))
            while True:
                kind, value = receive(orders)
                if kind is _Kind.ANSWER:
                    answer: Answer = value
                    return answer
                due.append(value)

        while True:
            if not due:
                due.append(receive(orders)[1])
            number = due.popleft()
            send(reports, (_Kind.RESULT, number, _talk(function(batches[number]), ask)))

    return work


def _talk(
    conversation: Generator[Question, Answer, Result], answer: Callable[[Question], Answer]
) -> Result:
    try:
        question = next(conversation)
        while True:
            question = conversation.send(answer(question))
    except StopIteration as stop:
        result: Result = stop.value
        return result


def _conduct(team: _Team, total: int, answer: Callable[[Any], Any]) -> Iterator[Any]:
    """Give out batches, answer questions, and pass results on in order."""
    given = due = 0
    waiting: dict[int, Any] = {}
    by_end = {child.reports: child for child in team.children}
    poll = select.poll()
    for end in by_end:
        poll.register(end, select.POLLIN)
    while due < total:
        limit = min(total, due + _WINDOW * len(team.children))
        for child in sorted(team.children, key=lambda child: child.given):
            while given < limit and child.given < _AHEAD:
                _tell(child, _Kind.BATCH, given)
                child.given += 1
                given += 1
        for end, _ in poll.poll():
            child = by_end[end]
            kind, number, value = _heard(child)
            if kind is _Kind.QUESTION:
                _tell(child, _Kind.ANSWER, answer(value))
                continue
            waiting[number] = _result(kind, value)
            child.given -= 1
        while due in waiting:
            yield waiting.pop(due)
            due += 1


def _tell(child: _Child, kind: _Kind, value: Any) -> None:
    try:
        send(child.orders, (kind, value))
    except BrokenPipeError as error:
        raise _ended() from error


def _heard(child: _Child) -> tuple[_Kind, int, Any]:
    """What a child says next."""
    try:
        kind, number, value = receive(child.reports)
    except EOFError as error:
        raise _ended() from error
    return _Kind(kind), number, value


def _ended() -> Busy:
    return Busy(
        "storage-failed",
        "a process that this command started was ended from outside",
        "if memory ran out, make room and try again",
    )


def _result(kind: _Kind, value: Any) -> Any:
    if kind is _Kind.FAILED:
        raise_failure(value)
    return value
