import re
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.cli.commands import COMMANDS, GIT_VERBS, Group
from contentvc.cli.options import GLOBAL_NAMES
from contentvc.cli.program import command, program
from tests.cli.terminal import Terminal

NAMES = sorted(COMMANDS)


def test_the_version(outside):
    assert outside.run("--version").out.startswith("contentvc 0.")
    assert outside.run("--version", "--json").json["version"]
    assert outside.run("--json", "--version").json["schema"] == 1


def test_without_a_command_the_help_is_told_and_nothing_was_done(outside):
    ran = outside.run()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == outside.run("--help").out
    assert outside.run("--json").json["error"]["code"] == "usage"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"]])
def test_the_first_page_has_every_command_in_its_group(outside, arguments):
    ran = outside.run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    for name, one in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(one.summary[:20])}", ran.out, re.MULTILINE)
        assert f"{one.group.value}:\n" in ran.out
    for option in GLOBAL_NAMES:
        assert option in ran.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_page_with_an_example(outside, name):
    page = outside.run(name, "--help").out
    assert page == outside.run("help", name).out
    assert page.startswith(f"Usage: contentvc {name} ")
    assert f"\nExamples:\n  contentvc {name}" in page
    assert "\nGlobal options:\n" in page
    made = command(name)
    for line, meaning in made.examples:
        assert line.startswith("contentvc ")
        assert meaning
    assert made.help


@pytest.mark.parametrize("name", NAMES)
def test_no_command_has_an_option_of_its_own_that_is_a_global_one(name):
    opts = [opt for param in command(name).params for opt in param.opts + param.secondary_opts]
    assert len(opts) == len(set(opts))
    assert {"-h", "--help"}.isdisjoint(opts)


def test_the_table_of_commands_holds_together():
    assert {one.group for one in COMMANDS.values()} <= set(Group)
    for one in COMMANDS.values():
        assert not one.summary.endswith(".")
        assert len(one.summary) <= 60
    assert NAMES
    assert GIT_VERBS.keys().isdisjoint(COMMANDS)
    assert {"add", "checkout", "reset", "gc", "reflog", "rm"} <= set(GIT_VERBS)


@pytest.mark.parametrize("verb", GIT_VERBS)
@pytest.mark.parametrize("rest", [[], ["--hard", "HEAD~1"], ["."], ["--help"]])
def test_a_verb_of_git_names_its_counterpart(outside, verb, rest):
    ran = outside.run(verb, *rest)
    assert (ran.code, ran.out) == (2, "")
    assert f"no command {verb}" in ran.err
    assert GIT_VERBS[verb] in ran.err
    error = outside.run("--json", verb, *rest).json["error"]
    assert (error["code"], error["hint"]) == ("git-verb", GIT_VERBS[verb])


@pytest.mark.parametrize(("typo", "meant"), [("confg", "config"), ("Config", "config")])
def test_an_unknown_command_suggests_the_nearest(outside, typo, meant):
    ran = outside.run(typo)
    assert ran.code == 2
    assert ran.err == f"error: there is no command {typo}\nhint: did you mean: contentvc {meant}\n"


def test_what_resembles_no_command_points_to_the_help(outside):
    ran = outside.run("xyzzy\x1b[2J")
    assert ran.code == 2
    assert ran.err == "error: there is no command xyzzy\\x1b[2J\nhint: see: contentvc --help\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["config", "--nope"], "no such option: --nope"),
        (["--nope"], "no such option: --nope"),
        (["config", "a", "b", "c"], "unexpected extra argument"),
        (["config", "--color", "red"], "'red' is not one of"),
        (["config", "--at-operation", "0"], "0 is not in the range"),
        (["config", "--at-operation"], "requires an argument"),
        (["config", "--json=yes"], "does not take a value"),
    ],
)
def test_a_command_line_that_is_not_understood(outside, arguments, message):
    ran = outside.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert message in ran.err
    assert "--help" in ran.err.splitlines()[-1]


def test_a_mistake_is_a_document_wherever_json_was_asked_for(outside):
    for arguments in (["config", "--nope", "--json"], ["--json", "--nope"], ["--nope", "--json"]):
        ran = outside.run(*arguments)
        assert (ran.code, ran.err) == (2, "")
        assert ran.json["error"]["code"] == "usage"
    assert outside.run("config", "--nope", "--", "--json").err.startswith("error:")


def split(options, number):
    """Some options before the command, the others behind it."""
    before, after = options[:number], options[number:]
    return [*chain.from_iterable(before), "config", *chain.from_iterable(after)]


OPTIONS = [
    ["--json"],
    ["-q"],
    ["--color", "always"],
    ["--no-progress"],
    ["--no-pager"],
    ["--at-operation", "3"],
]


@given(st.permutations(OPTIONS), st.integers(0, len(OPTIONS)))
def test_global_options_stand_before_or_after(order, number):
    from contentvc.cli.options import Options, Start

    start = Start(Terminal(b"/").edge(), Options())
    group = program()
    arguments = split(order, number)
    with group.make_context("contentvc", list(arguments), obj=start) as ctx:
        name, one, rest = group.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
        one.make_context(name, rest, parent=ctx)
    assert start.options == Options([], True, True, "always", False, False, 3)


def test_the_folders_of_c_follow_one_another(outside, tmp_path):
    (tmp_path / "here" / "a" / "b").mkdir(parents=True)
    for arguments in (["-C", "a", "config", "-C", "b"], ["-C", "a", "-C", "b", "config"]):
        assert outside.run(*arguments).code == 0
    ran = outside.run("-C", "b", "config")
    assert ran.code == 3
    assert "there is no folder" in ran.err
    assert outside.run("-C", "b", "-C", str(tmp_path), "config").code == 0


def test_a_folder_of_c_is_where_one_stands(tree, tmp_path):
    (tmp_path / "else").mkdir()
    assert tree.run("config", "user.name", "Ada").code == 0
    assert tree.run("config", "user.name").out == "Ada\n"
    assert tree.run("-C", str(tmp_path / "else"), "config", "user.name").code == 1


def test_the_last_word_on_colour_counts(outside):
    ran = outside.run("--color", "always", "config", "nope", "--color", "never")
    assert "\x1b" not in ran.err
    ran = outside.run("--color", "never", "config", "nope", "--color=always")
    assert "\x1b" in ran.err


def test_cvc_is_the_same_program(outside):
    ran = outside.run("--help", called="/usr/bin/cvc")
    assert ran.out.startswith("Usage: cvc ")
    assert outside.run("config", called="cvc").out == outside.run("config").out
    assert outside.run("--help", called="/x/main.py").out.startswith("Usage: contentvc ")


def test_the_current_folder_may_be_gone(outside):
    outside.here = None
    assert outside.run("--version").code == 0
    ran = outside.run("config")
    assert ran.code == 3
    assert "no longer exists" in ran.err
