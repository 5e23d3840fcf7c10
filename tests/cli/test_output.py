import io

import pytest

from contentvc.cli.output import Output, Screen
from contentvc.cli.palette import Palette, Tone
from contentvc.cli.stream import OutputClosed, flush, send, send_bytes
from contentvc.errors import Busy
from tests.cli.terminal import NOW, Stream


def output(**changes):
    fields = {
        "stdout": Stream(),
        "stderr": Stream(),
        "screen": Screen(Palette(is_on=False), 80, NOW, 60, b"prompts"),
        "error_palette": Palette(is_on=False),
        "json": False,
        "quiet": False,
    }
    return Output(**(fields | changes))


def render(report, screen):
    yield screen.path(report)
    yield screen.paint("end", Tone.HINT)


def to_json(report):
    return {"path": report.decode()}


@pytest.mark.parametrize(
    ("verb", "json", "quiet", "printed"),
    [
        ("emit", False, False, "../a\nend\n"),
        ("emit", False, True, "../a\nend\n"),
        ("emit", True, False, '{"schema": 1, "path": "a"}\n'),
        ("announce", False, False, "../a\nend\n"),
        ("announce", False, True, ""),
        ("announce", True, True, '{"schema": 1, "path": "a"}\n'),
    ],
)
def test_one_value_both_ways(verb, json, quiet, printed):
    there = output(json=json, quiet=quiet)
    getattr(there, verb)(b"a", render, to_json)
    assert there.stdout.text == printed
    assert there.stderr.text == ""


def test_lines_are_printed_as_they_come():
    there = output()

    def lines(_, __):
        yield "first"
        assert there.stdout.text == "first\n"
        yield "second"

    there.emit(None, lines, dict)
    assert there.stdout.text == "first\nsecond\n"


def test_content_is_written_as_it_is():
    there = output()
    send(there.stdout, "before\n")
    there.write([b"\x1b[2J\xff", b"\0\r\n"])
    there.stdout.flush()
    assert there.stdout.buffer.getvalue() == b"before\n\x1b[2J\xff\0\r\n"


def test_remarks_stand_beside_the_result():
    there = output()
    there.note("skipped a\nsocket")
    there.hint("commit it")
    assert (there.stdout.text, there.stderr.text) == (
        "",
        "note: skipped a\\nsocket\nhint: commit it\n",
    )
    there = output(quiet=True)
    there.note("skipped")
    there.hint("commit it")
    assert there.stderr.text == ""
    there = output(json=True)
    there.hint("commit it")
    there.note("skipped")
    assert there.stderr.text == "note: skipped\n"


def test_the_screen_tells_times():
    screen = Screen(Palette(is_on=False), 80, NOW, 60)
    assert screen.age(NOW - 7_200_000_000) == "2 hours ago"
    assert screen.moment(0) == "1970-01-01 01:00:00 +0100"
    assert screen.moment(0, 0) == "1970-01-01 00:00:00 +0000"


class Full(io.RawIOBase):
    """A place that takes nothing."""

    def __init__(self, error):
        self.error = error

    def writable(self):
        return True

    def write(self, content):
        if self.error is None:
            return len(content)
        raise self.error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (BrokenPipeError(32, "Broken pipe"), OutputClosed),
        (OSError(28, "No space left on device"), Busy),
        (OSError(5, "Input/output error"), Busy),
    ],
)
def test_output_that_is_not_taken(error, meaning):
    stream = io.TextIOWrapper(io.BufferedWriter(Full(error)))
    send(stream, "short")
    with pytest.raises(meaning):
        flush(stream)
    with pytest.raises(meaning):
        send(stream, "x" * 100_000)
    with pytest.raises(meaning):
        send_bytes(stream, b"x" * 100_000)
    stream.buffer.raw.error = None  # so that it can be closed
