"""attr: which words are paths, which are keys, and what is told."""

import pytest

from tests.cli.scenery import grown, visitor


@pytest.fixture
def ada(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    return visitor(folder, tmp_path)


def lines(terminal, *arguments):
    ran = terminal.run("attr", *arguments)
    assert ran.code == 0, ran.err
    return ran.out.splitlines()


def refused(terminal, *arguments):
    ran = terminal.run("attr", *arguments)
    assert ran.out == ""
    return ran.code, ran.err.splitlines()[0]


def test_the_words_that_end_the_line_and_have_an_equals_sign_are_set(ada):
    (told,) = lines(ada, "set", "docs", "run.sh", "license=MIT", "from=a=b")
    assert told.endswith("] attributes of 2 files set: from=a=b, license=MIT")
    assert lines(ada) == [
        "docs/handbook.md  from=a=b",
        "docs/handbook.md  license=MIT",
        "run.sh  from=a=b",
        "run.sh  license=MIT",
    ]
    assert lines(ada, "list", "HEAD~1") == []
    assert lines(ada, "list", "HEAD", "--", "run.sh") == ["run.sh  from=a=b", "run.sh  license=MIT"]
    assert lines(ada, "list", "run.sh") == lines(ada, "list", "HEAD", "run.sh")


def test_a_path_with_an_equals_sign(ada):
    with open(ada.here + b"/x=1", "w") as file:
        file.write("one\n")
    assert ada.run("commit", "-m", "Odd name").code == 0
    assert lines(ada, "set", "x=1", "k=v")
    assert lines(ada, "set", "run.sh", "x=1", "--", "a=b")
    assert lines(ada) == ["run.sh  a=b", "x=1  a=b", "x=1  k=v"]


def test_which_words_of_unset_are_keys(ada):
    lines(ada, "set", ".", "one=1", "docs=2", "run.sh=3")
    lines(ada, "unset", "docs", "run.sh", "one", "two")
    assert "run.sh  docs=2" in lines(ada, "list", "run.sh")
    assert refused(ada, "unset", "run.sh", "docs") == (
        2,
        "error: docs is a path and could be a key",
    )
    lines(ada, "unset", "run.sh", "--", "docs", "run.sh")
    assert lines(ada, "list", "run.sh") == []
    assert len(lines(ada, "list", "docs")) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("set",), "no path is given"),
        (("set", "k=v"), "no attribute is given"),
        (("set", "run.sh"), "no attribute is given"),
        (("set", "run.sh", "--"), "no attribute is given"),
        (("set", "--", "k=v"), "no path is given"),
        (("set", "run.sh", "=v"), "'=v' is no attribute"),
        (("unset",), "no path is given"),
        (("unset", "run.sh"), "no attribute is given"),
        (("set", "run.sh", "k"), "no attribute is given"),
        (("list", "-m", "text"), "-m is the message of a commit, and none is made"),
        (("list", "--commit", "HEAD", "run.sh"), "--commit takes no paths"),
        (("set", "--commit", "HEAD"), "no attribute is given"),
        (("set", "--commit", "HEAD", "k"), "'k' is no attribute"),
        (("unset", "--commit", "HEAD"), "no attribute is given"),
    ],
)
def test_a_command_line_that_is_not_understood(ada, words, message):
    assert refused(ada, *words) == (2, f"error: {message}")


def test_the_message_is_what_was_given_or_tells_what_was_done(ada):
    lines(ada, "set", "run.sh", "k=v")
    lines(ada, "set", "run.sh", "k=w", "-m", "Because")
    lines(ada, "unset", "run.sh", "k")
    messages = [one["message"] for one in ada.run("log", "-n", "3", "--json").json["commits"]]
    assert messages == ["Unset k on run.sh", "Because", "Set k=v on run.sh"]


def test_diff_and_show_tell_of_each_key(ada):
    lines(ada, "set", "run.sh", "a=1", "b=1")
    lines(ada, "set", "run.sh", "a=2", "c=\x1b[31m")
    lines(ada, "unset", "run.sh", "b")
    told = ada.run("diff", "HEAD~2..HEAD").out.splitlines()
    assert told == [
        "changed: run.sh  5 bytes, attributes changed",
        "attribute a: 1 → 2",
        "attribute b: 1 → none",
        r"attribute c: none → \x1b[31m",
    ]
    assert "attribute b: 1 → none" in ada.run("show").out


def test_notes(ada):
    (told,) = lines(ada, "set", "--commit", "v1", "score=0.91", "by=Ada")
    assert told.endswith(": by=Ada, score=0.91")
    assert lines(ada, "list", "--commit", "v1") == ["by=Ada", "score=0.91"]
    assert "Note:   score=0.91" in ada.run("show", "v1").out.splitlines()
    assert "Note:   score=0.91" in ada.run("log", "-n", "1", "v1").out.splitlines()
    assert ada.run("show", "v1", "--json").json["notes"] == {"by": "Ada", "score": "0.91"}
    lines(ada, "unset", "--commit", "v1", "by", "score")
    assert lines(ada, "list", "--commit", "v1") == []
    assert refused(ada, "unset", "--commit", "v1", "by")[0] == 3
    assert ada.run("show", "v1", "--json").json["notes"] == {}


def test_notes_are_a_version_like_any_other(ada):
    lines(ada, "set", "--commit", "v1", "score=0.91")
    ran = ada.run("log", "note/commits", "--json").json["commits"]
    assert len(ran) == 1
    assert ran[0]["message"].startswith("Note on ")


def test_quiet_is_silent(ada):
    assert lines(ada, "set", "-q", "run.sh", "k=v") == []
    assert lines(ada, "set", "-q", "--commit", "v1", "k=v") == []
