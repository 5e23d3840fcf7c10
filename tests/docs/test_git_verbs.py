"""docs/reference/for-git-users.md leaves no verb of git out and promises nothing that is not there."""

import re
import shutil
import subprocess

import pytest

from contentvc.cli.commands import COMMANDS, GIT_VERBS
from contentvc.cli.program import command, program
from tests.docs.pages import DOCS

PAGE = (DOCS / "reference" / "for-git-users.md").read_text()
ROWS = {
    verb: (here, why)
    for verb, here, why in re.findall(
        r"^\| `git ([\w-]+)` \| (.+?) \| (.*?) ?\|$", PAGE, re.MULTILINE
    )
}
PORCELAIN = [
    "add",
    "am",
    "archive",
    "bisect",
    "branch",
    "bundle",
    "checkout",
    "cherry-pick",
    "citool",
    "clean",
    "clone",
    "commit",
    "describe",
    "diff",
    "fetch",
    "format-patch",
    "gc",
    "gitk",
    "grep",
    "gui",
    "init",
    "log",
    "maintenance",
    "merge",
    "mv",
    "notes",
    "pull",
    "push",
    "range-diff",
    "rebase",
    "reset",
    "restore",
    "revert",
    "rm",
    "scalar",
    "shortlog",
    "show",
    "sparse-checkout",
    "stash",
    "status",
    "submodule",
    "switch",
    "tag",
    "worktree",
    "annotate",
    "blame",
    "bugreport",
    "config",
    "count-objects",
    "diagnose",
    "difftool",
    "fast-export",
    "fast-import",
    "filter-branch",
    "fsck",
    "gitweb",
    "help",
    "instaweb",
    "merge-tree",
    "mergetool",
    "pack-refs",
    "prune",
    "reflog",
    "remote",
    "repack",
    "replace",
    "rerere",
    "show-branch",
    "verify-commit",
    "verify-tag",
    "version",
    "whatchanged",
    "archimport",
    "cvsexportcommit",
    "cvsimport",
    "cvsserver",
    "imap-send",
    "p4",
    "quiltimport",
    "request-pull",
    "send-email",
    "svn",
]
"""What `git help -a` of git 2.39 lists for people, above its low-level commands."""
CALL = re.compile(r"`contentvc ([a-z][a-z-]*)([^`]*)`")
TOLD = re.compile(r"contentvc ([a-z][a-z-]*)")


def _sections(text):
    """The verbs that this git lists for people."""
    for block in re.split(r"\n(?=\S)", text):
        if block.startswith(("Main Porcelain", "Ancillary", "Interacting")):
            yield from re.findall(r"^   ([a-z][\w-]*) ", block, re.MULTILINE)


def test_every_verb_for_people_has_a_row():
    assert set(PORCELAIN) <= ROWS.keys()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_verbs_of_the_git_that_is_installed_have_one_too():
    ran = subprocess.run(["git", "help", "-a"], check=True, capture_output=True, text=True)
    listed = set(_sections(ran.stdout))
    assert {"commit", "blame", "svn"} <= listed
    assert listed & set(PORCELAIN) <= ROWS.keys()


def test_each_verb_has_one_row():
    found = re.findall(r"^\| `git ([\w-]+)` \|", PAGE, re.MULTILINE)
    assert sorted(found) == sorted(ROWS)


@pytest.mark.parametrize("verb", sorted(ROWS))
def test_a_verb_has_a_counterpart_or_says_plainly_that_there_is_none(verb):
    here, _ = ROWS[verb]
    is_ours = here.startswith("`contentvc ")
    assert is_ours or re.match(r"not (yet|needed)\b", here)
    assert not here.startswith("not needed") or ": " in here, "without a reason"


@pytest.mark.parametrize("verb", sorted(ROWS))
def test_what_is_named_is_there(verb):
    for name, rest in CALL.findall(" ".join(ROWS[verb])):
        assert name in COMMANDS, name
        options = {one for parameter in command(name).params for one in parameter.opts}
        assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)) <= options


def test_options_that_stand_alone_are_there():
    root = {one for parameter in program().params for one in parameter.opts}
    named = {
        option for here, _ in ROWS.values() for option in re.findall(r"contentvc (--\w+)", here)
    }
    assert named
    assert named <= root | {"--help"}


def test_our_verbs_that_are_gits_too_have_it_as_their_counterpart():
    for verb in COMMANDS.keys() & ROWS.keys():
        assert f"`contentvc {verb}`" in ROWS[verb][0]


@pytest.mark.parametrize("verb", sorted(GIT_VERBS))
def test_who_types_a_verb_is_told_the_same_as_the_page_says(verb):
    assert verb not in COMMANDS
    here, why = ROWS[{"stage": "add"}.get(verb, verb)]
    told = set(TOLD.findall(GIT_VERBS[verb])) & COMMANDS.keys()
    assert told <= {name for name, _ in CALL.findall(here + why)}
    assert ("not yet" in GIT_VERBS[verb]) == here.startswith("not yet")


def test_who_types_a_verb_without_a_place_here_is_told_so():
    known = COMMANDS.keys() | GIT_VERBS.keys() | {"help"}
    everyday = re.search(r"## Everyday verbs\n(.*?)## Archives", PAGE, re.DOTALL)[1]
    for verb in re.findall(r"^\| `git ([\w-]+)` \|", everyday, re.MULTILINE):
        assert verb in known, verb
