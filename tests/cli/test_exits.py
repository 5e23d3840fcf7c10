import errno

import pytest

from contentvc import errors
from contentvc.cli.exits import EXITS, INTERNAL, INTERRUPTED, MEANINGS, exit_code
from contentvc.cli.failure import failure_of
from tests.cli.terminal import Terminal

KINDS = [
    one
    for one in vars(errors).values()
    if isinstance(one, type)
    and issubclass(one, errors.ContentvcError)
    and one is not errors.ContentvcError
]


def test_every_kind_of_error_has_an_exit_code_with_a_meaning():
    assert set(KINDS) == set(EXITS)
    assert len(set(EXITS.values())) == len(EXITS)
    assert set(EXITS.values()) < set(MEANINGS)
    assert list(MEANINGS) == sorted(MEANINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_below_one_of_the_table_has_its_code(kind):
    below = type("Below", (kind,), {})
    assert exit_code(below("usage", "what")) == EXITS[kind]


@pytest.mark.parametrize(
    ("error", "code", "number"),
    [
        (errors.Damaged("missing-object", "gone"), "missing-object", 7),
        (KeyboardInterrupt(), "interrupted", INTERRUPTED),
        (OSError(errno.ENOSPC, "No space left", "/a"), "disk-full", 8),
        (PermissionError(errno.EACCES, "Denied", "/a"), "permission-denied", 6),
        (OSError(errno.EIO, "I/O error"), "storage-failed", 8),
        (KeyError("x"), "internal", INTERNAL),
        (RecursionError("too\ndeep"), "internal", INTERNAL),
    ],
)
def test_whatever_happens_has_a_code_and_one_line(error, code, number):
    failure = failure_of(error)
    assert (failure.code, failure.exit) == (code, number)
    assert failure.message
    assert "\n" not in failure.message
    assert code in errors.CODES


@pytest.fixture
def failing(monkeypatch, outside):
    """A terminal where ``config`` fails with an error of the test's choice."""
    from contentvc.cli import config as module
    from contentvc.surroundings.settings import Settings

    def fail(error, *arguments, **fields) -> Terminal:
        def broken(*_):
            raise error

        monkeypatch.setattr(Settings, "entries", broken)
        for name, value in fields.items():
            setattr(outside, name, value)
        return outside.run("config", *arguments)

    assert module.config
    return fail


def test_an_error_is_told_on_standard_error_with_its_hint(failing):
    ran = failing(errors.Conflict("ref-moved", "main moved\x1b[2J", "try\nagain"))
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "error: main moved\\x1b[2J\nhint: try\\nagain\n"


def test_on_a_terminal_an_error_has_colours(failing):
    ran = failing(errors.Conflict("ref-moved", "main moved", "try again"), is_terminal=True)
    assert ran.err == "\x1b[1;31merror:\x1b[0m main moved\n\x1b[2mhint: try again\x1b[0m\n"


def test_an_error_is_a_document_with_json(failing):
    ran = failing(errors.Missing("unknown-path", "no a", "look", path="a", near=["b"]), "--json")
    assert (ran.code, ran.err) == (3, "")
    assert ran.json == {
        "schema": 1,
        "error": {
            "code": "unknown-path",
            "message": "no a",
            "hint": "look",
            "details": {"path": "a", "near": ["b"]},
        },
    }


def test_our_own_failure_is_one_line_and_says_where_the_rest_is(failing):
    ran = failing(ZeroDivisionError("division by zero"))
    assert ran.code == INTERNAL
    assert ran.err.startswith("error: contentvc itself failed: ZeroDivisionError: division by zero")
    assert ran.err.count("\n") == 2
    assert "CONTENTVC_TRACEBACK=1" in ran.err


def test_the_traceback_is_there_for_who_asks(failing, outside):
    outside.variables["CONTENTVC_TRACEBACK"] = "1"
    ran = failing(ZeroDivisionError("division by zero"))
    assert ran.code == INTERNAL
    assert "Traceback (most recent call last)" in ran.err
    assert "in broken" in ran.err


def test_an_interrupt_says_nothing_but_to_programs(failing):
    ran = failing(KeyboardInterrupt())
    assert (ran.code, ran.out, ran.err) == (INTERRUPTED, "", "")
    assert failing(KeyboardInterrupt(), "--json").json["error"]["code"] == "interrupted"


def test_settings_that_are_wrong_do_not_hide_an_error(tree):
    with open(tree.here + b"/.contentvc/config.toml", "w") as file:
        file.write("[ui]\ncolor = 'rainbow'\n")
    ran = tree.run("config", "no.such")
    assert ran.code == 3
    assert "no.such" in ran.err
    ran = tree.run("config")
    assert ran.code == 2
    assert "ui.color" in ran.err
