import re

import pytest

from contentvc.actions.progress import Silent
from contentvc.cli.options import Options
from contentvc.cli.palette import Palette
from contentvc.cli.progress import TerminalProgress
from contentvc.cli.session import Session
from tests.cli.terminal import Stream


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stream():
    return Stream(terminal=True)


@pytest.fixture
def progress(clock, stream):
    return TerminalProgress(stream, clock, Palette(is_on=False))


def seen(stream):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.text)


def test_what_is_over_soon_shows_nothing(progress, clock, stream):
    progress.start(10, 1000, "Reading files")
    for _ in range(10):
        clock.time += 0.049
        progress.advance(1, 100)
    progress.finish()
    assert stream.text == ""


def test_after_half_a_second_there_are_files_and_bytes(progress, clock, stream):
    progress.start(35_000, 20_000_000, "Reading files")
    clock.time += 0.6
    progress.advance(1200, 5_000_000)
    assert "Reading files" in seen(stream)
    assert "1,200 of 35,000 files, 5.0 MB of 20 MB, 8.3 MB/s" in seen(stream)
    progress.finish()
    assert stream.text.endswith(("\x1b[2K", "\x1b[?25h", "\r"))
    assert stream.text.count("\x1b[?25l") == stream.text.count("\x1b[?25h")


def test_a_transfer_tells_objects_and_its_rate(progress, clock, stream):
    progress.start(40, 4_000_000, "Sending objects")
    clock.time += 2
    progress.advance(10, 1_000_000)
    assert "10 of 40 objects, 1.0 MB of 4.0 MB, 500 KB/s" in seen(stream)


def test_it_is_drawn_at_most_ten_times_a_second(progress, clock, stream):
    progress.start(None, None, "Looking for files")
    clock.time += 0.5
    for _ in range(1000):
        clock.time += 0.001
        progress.advance(1, 0)
    drawn = seen(stream).count("Looking for files")
    progress.finish()
    assert 9 <= drawn <= 13
    assert "901 files" in seen(stream)


def test_a_second_step_is_shown_at_once_when_the_first_was(progress, clock, stream):
    progress.start(2, None, "First [step]")
    clock.time += 1
    progress.advance(1, 0)
    progress.start(3, None, "Second")
    clock.time += 0.01
    progress.advance(1, 0)
    progress.finish()
    assert "First [step]" in seen(stream)
    assert "1 of 3 files" in seen(stream)


def test_finishing_what_was_never_started_is_fine(progress, stream):
    progress.finish()
    progress.advance(1, 1)
    progress.finish()
    assert stream.text == ""


@pytest.mark.parametrize(
    ("terminal", "options", "variables", "shown"),
    [
        (True, {}, {}, True),
        (False, {}, {}, False),
        (True, {"progress": False}, {}, False),
        (True, {"quiet": True}, {}, False),
        (True, {"json": True}, {}, True),
        (True, {}, {"TERM": "dumb"}, False),
    ],
)
def test_who_gets_to_see_it(outside, terminal, options, variables, shown):
    outside.variables |= variables
    edge = outside.edge(stderr=Stream(terminal=terminal))
    progress = Session(edge, Options(**options)).progress
    assert isinstance(progress, TerminalProgress if shown else Silent)


def test_a_setting_turns_it_off(outside):
    outside.run("config", "--user", "ui.progress", "false")
    edge = outside.edge(stderr=Stream(terminal=True))
    assert isinstance(Session(edge, Options()).progress, Silent)
