"""What commands print, kept in files: one command line a file, run in a copy of one history.

Write them anew, and the examples in docs/reference/json.md, after looking at what changed:

python -m tests.golden.printed --write
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

from contentvc.cli.program import run
from contentvc.remotes import together
from tests.cli.scenery import grown, visitor
from tests.cli.terminal import Ran, Terminal

HERE = Path(__file__).parent / "printed"
PAGE = Path(__file__).parents[2] / "docs/reference/json.md"
EXAMPLE = re.compile(r"<!-- (\S+) -->\n```json\n.*?```\n", re.DOTALL)


class Case(NamedTuple):
    """One command line; `before` are others that run first in the same copy.

    Among these, ``write PATH WORD…`` makes each word a line of a file. ``SHARED`` is a folder
    beside the copy, which is removed by ``away``. ``cut-undecided`` and ``cut-untold`` begin a sync
    with several remotes that ends half-way, and ``PUSH`` is its id.
    """

    arguments: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    files: tuple[tuple[str, str | None], ...] = ()
    """Written, or removed, before anything is run."""
    later: tuple[tuple[str, str | None], ...] = ()
    """Written, or removed, after those."""
    is_damaged: bool = False
    """The first block of the largest pack is not what it was."""


def _case(line: str, *before: str, **files: str | None) -> Case:
    split = tuple(tuple(one.split()) for one in before)
    return Case(tuple(line.split()), split, _named(files))


def _then(case: Case, **files: str | None) -> Case:
    return case._replace(later=_named(files))


def _named(files: dict[str, str | None]) -> tuple[tuple[str, str | None], ...]:
    named = {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
    return tuple(named.items())


_CLEAN = (
    "switch -qc trial", "write run.sh theirs", "write new.txt new", "commit -qm Trial",
    "switch -q main", "write more.txt more", "commit -qm Main",
)  # fmt: skip
"""Two branches that merge without conflicts."""
_BOTH = (
    "switch -qc trial", "write run.sh theirs", "write new.txt new", "commit -qm Trial",
    "write new.txt newer", "commit -qm Newer",
    "switch -q main", "write run.sh ours", "commit -qm Main",
)  # fmt: skip
"""Two branches that changed the same line."""
_TWICE = (
    "switch -qc trial", "write run.sh theirs", "write docs/handbook.md theirs", "commit -qm Trial",
    "switch -q main", "write run.sh ours", "write docs/handbook.md ours", "commit -qm Main",
    "merge -q --on-conflict stop trial",
)  # fmt: skip
"""A merge that stopped at two conflicts."""
_STOPPED = (*_BOTH, "merge -q --on-conflict stop trial")
_PICKING = (*_BOTH, "cherry-pick -q --on-conflict stop main..trial")
_POPPED = ("write run.sh mine", "stash -q", "write run.sh others")


def _lines(path: str, *lines: str) -> str:
    return " ".join(("write", path, *lines))


_CASES = (
    _lines("contentvc.toml", "[sets.cases]", 'paths=["*.jsonl"]', 'key="id"'),
    _lines(
        "cases.jsonl",
        '{"id":17,"ask":"Where?","answer":"Paris"}',
        '{"id":18,"ask":"When?","answer":"May"}',
        '{"id":19,"ask":"Who?","answer":"Ada"}',
    ),
    _lines("model.json", '{"model":{"name":"small","temperature":0.2},"stop":["x"]}'),
    "commit -qm Cases",
)
"""Records with a declared key, and a document."""
_EDITED = (
    _lines(
        "cases.jsonl",
        '{"id":17,"ask":"Where?","answer":"Lyon"}',
        '{"id":18,"ask":"When?","answer":"May","note":"checked"}',
        '{"id":20,"ask":"Why?","answer":"So"}',
    ),
    _lines("model.json", '{"model":{"name":"large","temperature":0.2},"stop":[],"seed":1}'),
)
_SETS = (
    _lines(
        "contentvc.toml", "[sets.cases]", 'paths=["*.jsonl"]', 'key="id"', "[sets.texts]",
        'paths=["docs/**"]', "[sets.none]", 'paths=["none/*"]',
    ),
    *_CASES[1:],
    _lines("more.jsonl", '{"id":1}', '{"id":1}'),
)  # fmt: skip
"""Three content sets: of records, of a text that is older, of nothing."""
_PROPOSED = (
    _lines("docs/more.md", "more"),
    _lines("evals/cases.jsonl", '{"id":17}', '{"id":18}'),
    _lines("evals/table.csv", "x,y", "1,2", "1,3"),
)
"""Files that nobody declared."""
_RECORDED = (*_CASES, *_EDITED, "commit -qm Edited")


_TABLES = (
    _lines("contentvc.toml", "[sets.tables]", 'paths=["*.csv"]', 'key="id"', 'validate="off"'),
    _lines("t.csv", "id,a,b", "1,x,y", "2,x,y"),
    _lines("notes.md", "---", '{"title":"x"}', "---", "one"),
    "commit -qm Tables",
    _lines("t.csv", "id,b,c", "1,y,5", "2,z,6", "2,z,7"),
    _lines("notes.md", "---", '{"title":"y"}', "---", "two"),
    "commit -q --no-verify -m Columns",
)

_SHARED = ("remote add -q origin SHARED", "push -q")
_TOGETHER = ("remote add -q origin SHARED", "remote add -q backup SHARED2", "sync -q --all")
"""Two remotes that have the same."""
_UNDECIDED = (*_TOGETHER, "write new.txt new", "commit -qm New", "cut-undecided sync -q --all")
_UNTOLD = (*_TOGETHER, "write new.txt new", "commit -qm New", "cut-untold sync -q --all")
"""A push to both that was cut short: before its decision, and before it was told to the other."""
_KNOWN_TWICE = (*_SHARED, "remote add -q other SHARED", "fetch -q other")
"""What is pushed to the one comes from the other."""
_BEHIND = (
    *_SHARED, "attr set -q --commit v1 score=1", "write run.sh theirs", "write new.txt new",
    "commit -qm Theirs", "push -q", "undo -q", "undo -q", "attr set -q --commit v1 score=2",
)  # fmt: skip
"""As if others had pushed a commit and a note."""


def _answers(*answers: str) -> str:
    ids = zip((17, 18, 19), ("Where?", "When?", "Who?"), answers, strict=True)
    rows = [f'{{"id":{number},"ask":"{ask}","answer":"{answer}"}}' for number, ask, answer in ids]
    return _lines("cases.jsonl", *rows)


_CLASHING = (
    *_CASES,
    "switch -qc trial", _answers("Lyon", "June", "Ada"), "commit -qm Trial",
    "switch -q main", _answers("Rome", "July", "Eve"), "commit -qm Main",
    "merge -q --on-conflict stop trial",
)  # fmt: skip
"""A merge that stopped at two records of one file."""

_SIDE = '{"id": null, "size": 5, "mode": "executable"}'
_LAWS = (
    _lines(
        "contentvc.toml",
        "[sets.cases]", 'paths=["*.jsonl"]', 'key="id"', 'schema="schema.json"',
        'required_attributes=["license"]', 'validate="warn"',
    ),
    _lines("schema.json", '{"properties":{"ask":{"type":"string"}}}'),
)  # fmt: skip
_BROKEN = (
    *_LAWS,
    _lines("cases.jsonl", '{"id":17,"ask":"Where?"}', '{"id":18,"ask":5}', '{"id":17', "{}"),
)
"""Records that break what their set asks, which only warns."""

_FIX = f"""\
{{"type": "diff", "schema": 1, "from": null, "to": null}}
{{"type": "file", "path": "run.sh", "format": "text", "old": {_SIDE}, "new": {_SIDE}}}
{{"type": "lines", "path": "run.sh", "old_start": 1, "new_start": 1, "lines": \
[["-", "mine\\n"], ["+", "ours\\n"]]}}
{{"type": "file", "path": "docs/guide.md", "old_path": "docs/handbook.md", "format": null, \
"old": {_SIDE}, "new": {_SIDE.replace("executable", "file")}}}
"""
"""Changes of two files, one of them renamed."""

CASES = {
    # Documents: the name is the command's, with a word for the variant.
    "apply.json": _case("apply --json fix.jsonl", run_dot_sh="mine\n", fix_dot_jsonl=_FIX),
    "attr-list.json": _case("attr --json list -- docs", "attr set docs license=MIT"),
    "attr-set.json": _case("attr --json set docs run.sh license=MIT"),
    "attr-note.json": _case("attr --json set --commit v1 score=0.91"),
    "branch.json": _case("branch --json"),
    "branch-unborn.json": _case("-C new branch --json", "init new"),
    "branch-made.json": _case("branch --json trial v1"),
    "branch-renamed.json": _case("branch --json -m evals tests"),
    "cat.json": _case("cat --json v1:docs/guide.md"),
    "cat-item.json": _case("cat --json HEAD:cases.jsonl#17", *_RECORDED),
    "check-ignore.json": _case(
        "check-ignore --json a.log keep.log run.sh .venv/x .env",
        _dot_contentvcignore="*.log\n!keep.log\nrun.*\n",
    ),
    "commit-warned.json": _case("commit --json -m Cases", *_BROKEN),
    "commit.json": _case("commit --json -m More --attr model=small", new_dot_txt="new\n"),
    "commit-records.json": _case("commit --json -m Edited", *_CASES, *_EDITED),
    "compact.json": _case("compact --json"),
    "compact-dry-run.json": _case("compact --json --dry-run"),
    "config.json": _case("config --json"),
    "config-one.json": _case("config --json ui.color"),
    "config-set.json": _case("config --json ignore.git true"),
    "diff.json": _case("diff --json v1 main"),
    "diff-columns.json": _case("diff --json HEAD~1 HEAD", *_TABLES),
    "diff-records.json": _case("diff --json HEAD~1 HEAD", *_RECORDED),
    "diff-working.json": _case("diff --json", run_dot_sh="mine\n"),
    "error.json": _case("show --json nowhere"),
    "export.json": _case("export --json HEAD out.tar"),
    "export-skipped.json": _case(
        "export --json --skip-purged HEAD out.tar", "purge run.sh --reason key --yes"
    ),
    "export.txt": _case("export v1 out"),
    "purge.json": _case("purge --json --yes run.sh --reason key", "workspace add nested"),
    "purge-dry.json": _case("purge --json --dry-run run.sh --reason key"),
    "purge.txt": _case("purge run.sh --reason key --dry-run"),
    "size.json": _case("size --json"),
    "verify-repaired.json": _case("verify --json --repair ../backup")._replace(is_damaged=True),
    "verify-repaired.txt": _case("verify --repair ../backup")._replace(is_damaged=True),
    "forget.json": _case("forget --json run.sh", "restore run.sh", run_dot_sh="mine\n"),
    "history.json": _case("history --json cases.jsonl#17", *_RECORDED),
    "init.json": _case("init --json fresh"),
    "log.json": _case("log --json"),
    "log-changes.json": _case("log --json --stat main~2"),
    "ls.json": _case("ls --json v1:"),
    "operations.json": _case("operations --json"),
    "restore.json": _case("restore --json run.sh", run_dot_sh="mine\n"),
    "redo.json": _case("redo --json", "tag v2", "undo"),
    "redo-force.json": _then(
        _case("redo --json --force", "rollback v1 docs", "undo"), docs__handbook_dot_md="mine\n"
    ),
    "rollback.json": _case("rollback --json v1 docs"),
    "rollback-force.json": _case("rollback --json --force v1 docs", docs__handbook_dot_md="mine\n"),
    "show.json": _case("show --json main~1"),
    "show-path.json": _case("show --json v1:run.sh"),
    "show-folder.json": _case("show --json v1:docs"),
    "status.json": _case(
        "status --json --ignored",
        run_dot_sh="mine\n",
        new_dot_txt="new\n",
        _dot_env="KEY=1\n",
        data__table_dot_bin=None,
        evals__one_dot_yaml=None,
        evals__two_dot_yaml="expect: 1\n",
        a_dot_log="",
        _dot_contentvcignore="*.log\n",
    ),
    "sets.json": _case("sets --json", *_SETS),
    "sets-propose.json": _case("sets propose --json", *_PROPOSED),
    "stash.json": _case("stash --json push -m Later", run_dot_sh="mine\n"),
    "stash-list.json": _case("stash --json list", "stash -m Later", run_dot_sh="mine\n"),
    "stash-pop.json": _case("stash --json pop", "stash -m Later", run_dot_sh="mine\n"),
    "stash-force.json": _then(
        _case("stash --json pop --force", "stash -m Later", run_dot_sh="mine\n"),
        run_dot_sh="others\n",
    ),
    "switch.json": _case("switch --json evals"),
    "switch-remote.json": _case(
        "switch --json trial",
        *_SHARED,
        "branch trial v1",
        "push -q origin trial",
        "branch -D trial",
    ),
    "branch-upstream.json": _case("branch --json", *_SHARED),
    "status-upstream.json": _case("status --json", *_BEHIND, "write more.txt x", "commit -qm Ours"),
    "remote.json": _case("remote --json", *_SHARED),
    "remote-added.json": _case("remote add --json origin SHARED"),
    "remote-renamed.json": _case("remote rename --json origin team", *_SHARED),
    "remote-shown.json": _case(
        "remote show --json origin",
        *_BEHIND,
        "branch trial",
        "push -q origin trial",
        "push -q --tags",
    ),
    "remote-away.json": _case("remote show --json origin", *_SHARED, "away"),
    "fetch.json": _case(
        "fetch --json --prune other",
        *_KNOWN_TWICE,
        "branch trial",
        "push -q origin trial",
        "fetch -q other",
        "push -q --delete origin trial",
        "tag v2",
        "push -q --tags",
        "tag --force v2 v1",
        "commit -qm More --allow-empty",
        "push -q",
    ),
    "clone.json": _case("clone --json --path run.sh SHARED SHARED-clone", *_SHARED),
    "evict.json": _case("evict --json", *_SHARED),
    "verify-elsewhere.json": _case("verify --json", *_SHARED, "evict -q"),
    "pull.json": _case("pull --json other", *_BEHIND, "remote add -q other SHARED"),
    "pull-stopped.json": _then(
        _case(
            "pull --json --on-conflict stop --force",
            *_BEHIND,
            "restore -q run.sh",
            "write run.sh ours",
            "commit -qm Ours run.sh",
        ),
        new_dot_txt="mine\n",
    ),
    "push.json": _case("push --json", "remote add -q origin SHARED", "attr set -q --commit v1 a=b"),
    "push-settled.json": _case("push --json backup", *_UNTOLD),
    "push-broken.json": _case("push --json --break PUSH backup", *_UNDECIDED, "away"),
    "sync.json": _case("sync --json", *_BEHIND, "write more.txt more", "commit -qm More"),
    "sync-forced.json": _case("sync --json --force", *_BEHIND, "write run.sh loose"),
    "sync-stopped.json": _case(
        "sync --json --on-conflict stop", *_BEHIND, "write run.sh mine", "commit -qm Mine"
    ),
    "sync-kept.json": _case(
        "sync --json --branches",
        *_SHARED,
        "tag v9 v1",
        "push -q --tags",
        "tag -f v9 main",
        "write more.txt more",
        "commit -qm More",
    ),
    "sync-independent.json": _case(
        "sync --json --all --independent origin", *_TOGETHER, "write a a", "commit -qm A", "away"
    ),
    "sync-settled.json": _case("sync --json --all", *_UNTOLD),
    "sync-status.json": _case("sync --json --status", *_UNDECIDED),
    "push-deleted.json": _case(
        "push --json --delete origin trial", *_SHARED, "branch trial", "push -q origin trial"
    ),
    "tag.json": _case("tag --json"),
    "tag-made.json": _case("tag --json v2"),
    "undo-force.json": _then(
        _case("undo --json --force", "rollback v1 docs"), docs__guide_dot_md="mine\n"
    ),
    "undo.json": _case("undo --json", "rollback v1 docs"),
    "untrack.json": _case("untrack --json run.sh"),
    "validate.json": _case("validate --json", *_BROKEN),
    "validate-commit.json": _case("validate --json HEAD", *_BROKEN, "commit -qm Cases"),
    "verify.json": _case("verify --json"),
    "verify-damaged.json": _case("verify --json")._replace(is_damaged=True),
    "workspace-sparse.json": _case("workspace sparse --json", "workspace sparse -q docs run.sh"),
    "workspace-narrowed.json": _case(
        "workspace sparse --json evals", "workspace sparse -q docs", docs__notes="not recorded"
    ),
    "workspace.json": _case("workspace --json", "workspace add -q side evals"),
    "workspace-added.json": _case("workspace add --json side main"),
    "workspace-removed.json": _case(
        "workspace remove --json --force side",
        "workspace add -q side -c trial",
        "-C side restore -q docs/guide.md -s v1",
    ),
    "version.json": _case("--version --json"),
    "merge.json": _case("merge --json trial", *_CLEAN),
    "merge-stopped.json": _case("merge --json --on-conflict stop trial", *_BOTH),
    "merge-abort.json": _case("merge --json --abort", *_STOPPED, "write run.sh mine"),
    "conflicts.json": _case("conflicts --json", *_STOPPED),
    "resolve.json": _case("resolve --json --theirs run.sh", *_TWICE, "write run.sh mine"),
    "status-sparse.json": _case("status --json", "workspace sparse -q docs run.sh"),
    "status-merging.json": _case("status --json", *_PICKING),
    "cherry-pick.json": _case("cherry-pick --json --on-conflict stop main..trial", *_BOTH),
    "cherry-pick-continue.json": _case(
        "cherry-pick --json --continue", *_PICKING, "resolve -q --theirs run.sh"
    ),
    "cherry-pick-force.json": _case(
        "cherry-pick --json --force trial", *_CLEAN, "write run.sh mine"
    ),
    "revert-force.json": _case("revert --json --force main~1", "write docs/handbook.md mine"),
    "commit-concluding.json": _case("commit --json", *_STOPPED, "resolve -q --theirs run.sh"),
    "revert.json": _case("revert --json main~1"),
    "revert-stopped.json": _case(
        "revert --json --on-conflict stop main main~2",
        "write run.sh one",
        "commit -qm One",
        "write run.sh two",
        "commit -qm Two",
        "rollback -q main~2 run.sh",
    ),
    "revert-continue.json": _case(
        "revert --json --continue",
        "write run.sh one",
        "commit -qm One",
        "write run.sh two",
        "commit -qm Two",
        "revert -q --on-conflict stop main~1",
        "resolve -q --theirs run.sh",
    ),
    "stash-stopped.json": _case("stash --json pop --on-conflict stop", *_POPPED),
    "conflicts-items.json": _case("conflicts --json", *_CLASHING),
    "resolve-items.json": _case("resolve --json --theirs cases.jsonl#17", *_CLASHING),
    "status-records.json": _case("status --json", *_CASES, *_EDITED),
    # Text.
    "cat-item.txt": _case("cat HEAD:cases.jsonl#17", *_RECORDED),
    "commit-records.txt": _case("commit -m Edited", *_CASES, *_EDITED),
    "conflicts-items.txt": _case("conflicts", *_CLASHING),
    "diff-columns.txt": _case("diff HEAD~1 HEAD", *_TABLES),
    "diff-records.txt": _case("diff HEAD~1 HEAD", *_RECORDED),
    "diff-records-color.txt": _case("diff --color=always HEAD~1 HEAD", *_RECORDED),
    "diff-records-stat.txt": _case("diff --stat HEAD~1 HEAD", *_RECORDED),
    "history.txt": _case("history cases.jsonl#17", *_RECORDED),
    "resolve-items.txt": _case("resolve --theirs cases.jsonl#17", *_CLASHING),
    "show-records-new.txt": _case("show", *_CASES),
    "status-items.txt": _case("status", *_CLASHING),
    "status-records.txt": _case("status", *_CASES, *_EDITED),
    "apply.txt": _case("apply fix.jsonl", run_dot_sh="mine\n", fix_dot_jsonl=_FIX),
    "apply-check.txt": _case("apply --check fix.jsonl", run_dot_sh="mine\n", fix_dot_jsonl=_FIX),
    "diff-jsonl.txt": _case("diff --as jsonl v1 main"),
    "diff-html.txt": _case("diff --as html v1 main"),
    "attr-list.txt": _case("attr", "attr set docs run.sh license=MIT by=Ada"),
    "attr-set.txt": _case("attr set docs run.sh license=MIT"),
    "attr-unset.txt": _case("attr unset docs by", "attr set docs license=MIT by=Ada"),
    "attr-note.txt": _case("attr set --commit v1 score=0.91"),
    "diff-attributes.txt": _case("diff HEAD~1", "attr set docs license=MIT"),
    "log-notes.txt": _case("log -n 1 v1", "attr set --commit v1 score=0.91"),
    "merge.txt": _case("merge trial", *_CLEAN),
    "merge-forward.txt": _case("merge evals", "switch -qc trial v1"),
    "merge-up-to-date.txt": _case("merge evals"),
    "merge-dry-run.txt": _case("merge --dry-run trial", *_BOTH),
    "merge-stopped.txt": _case("merge --on-conflict stop trial", *_BOTH),
    "merge-abort.txt": _case("merge --abort", *_STOPPED, "write run.sh mine"),
    "conflicts.txt": _case("conflicts", *_STOPPED),
    "conflicts-none.txt": _case("conflicts"),
    "resolve.txt": _case("resolve --ours run.sh", *_STOPPED),
    "status-sparse.txt": _case(
        "status", "workspace sparse -q docs run.sh", data__more="a file outside"
    ),
    "workspace-sparse.txt": _case("workspace sparse", "workspace sparse -q docs run.sh"),
    "workspace-sparse-whole.txt": _case("workspace sparse"),
    "workspace-sparse-changed.txt": _case(
        "workspace sparse evals", "workspace sparse -q docs", docs__notes="not recorded"
    ),
    "workspace-sparse-everything.txt": _case(
        "workspace sparse --everything", "workspace sparse -q docs"
    ),
    "status-merging.txt": _case("status", *_STOPPED),
    "status-merging-short.txt": _case("status --short", *_STOPPED),
    "status-picking.txt": _case("status", *_PICKING, "resolve -q --theirs ."),
    "cherry-pick.txt": _case("cherry-pick trial main~2", *_CLEAN),
    "cherry-pick-stopped.txt": _case("cherry-pick --on-conflict stop main..trial", *_BOTH),
    "cherry-pick-continue.txt": _case(
        "cherry-pick --continue", *_PICKING, "resolve -q --theirs run.sh"
    ),
    "revert.txt": _case("revert main~1"),
    "stash-pop-stopped.txt": _case("stash pop --on-conflict stop", *_POPPED),
    "branch.txt": _case("branch"),
    "branch-verbose.txt": _case("branch -v"),
    "branch-upstream.txt": _case("branch -v", *_BEHIND, "branch trial"),
    "branch-remotes.txt": _case("branch -r", *_KNOWN_TWICE),
    "fetch.txt": _case(
        "fetch --prune other",
        *_KNOWN_TWICE,
        "branch trial",
        "push -q origin trial",
        "fetch -q other",
        "push -q --delete origin trial",
        "tag v2",
        "push -q --tags",
        "tag --force v2 v1",
        "attr set -q --commit v1 score=1",
        "commit -qm More --allow-empty",
        "push -q",
    ),
    "fetch-nothing.txt": _case("fetch", *_SHARED),
    "clone.txt": _case("clone SHARED SHARED-clone", *_SHARED),
    "clone-lazy.txt": _case("clone --lazy SHARED SHARED-clone", *_SHARED),
    "clone-sparse.txt": _case("clone --path run.sh SHARED SHARED-clone", *_SHARED),
    "clone-empty.txt": _case("clone SHARED SHARED-clone", "remote add -q origin SHARED"),
    "evict.txt": _case("evict", *_SHARED),
    "evict-nothing.txt": _case("evict --keep-recent 100", *_SHARED),
    "evict-unpushed.txt": _case(
        "evict",
        *_SHARED,
        "write more.txt x",
        "commit -qm More",
        "write more.txt y",
        "commit -qm Again",
    ),
    "verify-elsewhere.txt": _case("verify", *_SHARED, "evict -q"),
    "pull.txt": _case("pull other", *_BEHIND, "remote add -q other SHARED"),
    "pull-up-to-date.txt": _case("pull", *_SHARED),
    "push.txt": _case("push", "remote add -q origin SHARED"),
    "push-settled.txt": _case("push backup", *_UNTOLD),
    "push-broken.txt": _case("push --break PUSH backup", *_UNDECIDED, "away"),
    "sync.txt": _case("sync", *_BEHIND, "write more.txt more", "commit -qm More"),
    "sync-nothing.txt": _case("sync", *_SHARED),
    "sync-kept.txt": _case(
        "sync --branches", *_SHARED, "tag v9 v1", "push -q --tags", "tag -f v9 main"
    ),
    "sync-stopped.txt": _case(
        "sync --on-conflict stop", *_BEHIND, "write run.sh mine", "commit -qm Mine"
    ),
    "sync-together.txt": _case("sync --all", *_TOGETHER, "write new.txt new", "commit -qm New"),
    "sync-independent.txt": _case(
        "sync --all --independent origin", *_TOGETHER, "write a a", "commit -qm A", "away"
    ),
    "sync-settled.txt": _case("sync --all", *_UNTOLD),
    "sync-status.txt": _case("sync --status", *_UNDECIDED),
    "sync-status-untold.txt": _case("sync --status", *_UNTOLD),
    "sync-status-away.txt": _case("sync --status", *_UNDECIDED, "away"),
    "push-again.txt": _case("push", *_SHARED),
    "push-forced.txt": _case("push --force-with-lease", *_BEHIND),
    "push-deleted.txt": _case(
        "push --delete origin trial", *_SHARED, "branch trial", "push -q origin trial"
    ),
    "remote.txt": _case("remote", *_KNOWN_TWICE),
    "remote-added.txt": _case("remote add origin SHARED"),
    "remote-known.txt": _case("remote add other SHARED", *_SHARED),
    "remote-renamed.txt": _case("remote rename origin team", *_SHARED),
    "remote-removed.txt": _case("remote remove origin", *_SHARED),
    "remote-reset.txt": _case("remote reset origin", *_SHARED),
    "remote-shown.txt": _case("remote show origin", *_BEHIND, "branch trial"),
    "remote-away.txt": _case("remote show origin", *_SHARED, "away"),
    "status-upstream.txt": _case("status", *_BEHIND),
    "switch-remote.txt": _case(
        "switch trial", *_SHARED, "branch trial v1", "push -q origin trial", "branch -D trial"
    ),
    "branch-changes.txt": _case("branch -D evals", "branch trial"),
    "check-ignore.txt": _case(
        "check-ignore -v a.log keep.log run.sh .venv/x .env other",
        _dot_contentvcignore="*.log\n!keep.log\nrun.*\n",
    ),
    "compact.txt": _case("compact"),
    "compact-again.txt": _case("compact", "compact"),
    "compact-dry-run.txt": _case("compact --dry-run"),
    "log.txt": _case("log"),
    "log-graph.txt": _case("log --graph"),
    "log-graph-oneline.txt": _case("log --graph --oneline --all --stat"),
    "log-patch-of-renamed.txt": _case("log -p docs/handbook.md"),
    "ls-long.txt": _case("ls -l v1:"),
    "operations.txt": _case("operations"),
    "redo.txt": _case("redo", "switch evals", "undo"),
    "rollback.txt": _case("rollback v1"),
    "sets.txt": _case("sets", *_SETS),
    "sets-at.txt": _case("sets HEAD", *_CASES),
    "sets-none.txt": _case("sets v1"),
    "sets-propose.txt": _case("sets propose --print", *_PROPOSED),
    "show.txt": _case("show v1"),
    "show-color.txt": _case("show v1 --color=always"),
    "show-merge.txt": _case("show"),
    "show-rename.txt": _case("show main~1"),
    "show-stat.txt": _case("show main~3 --stat"),
    "stash.txt": _case("stash", run_dot_sh="mine\n"),
    "stash-list.txt": _case("stash list", "stash -m Later", run_dot_sh="mine\n"),
    "stash-pop.txt": _case("stash pop", "stash -m Later", run_dot_sh="mine\n"),
    "tag-verbose.txt": _case("tag -v"),
    "undo.txt": _case("undo", "rollback v1"),
    "undo-switch.txt": _case("undo", "switch evals"),
    "verify.txt": _case("verify"),
    "validate.txt": _case("validate", *_BROKEN),
    "validate-sound.txt": _case(
        "validate --set evals", _lines("contentvc.toml", "[sets.evals]", 'paths=["evals/**"]')
    ),
    "verify-damaged.txt": _case("verify")._replace(is_damaged=True),
}


class Grove:
    """Copies of one history, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "home").mkdir()
        (folder / "grown").mkdir()
        self.commits = grown(folder / "grown")

    def copy(self, name: str) -> tuple[Path, Terminal]:
        """A new copy, and somebody in it."""
        folder = self._folder / name
        shutil.copytree(self._folder / "grown", folder, symlinks=True)
        return folder, visitor(folder, self._folder / "home")

    def printed(self, name: str) -> str:
        """What a case prints, with what differs from run to run taken out."""
        case = CASES[name]
        folder, terminal = self.copy(name)
        _write(folder, case.files)
        if case.is_damaged:
            backup = folder.parent / "backup"
            shutil.rmtree(backup, ignore_errors=True)
            shutil.copytree(folder, backup, symlinks=True)
            _damage(folder)
        random, push = Random(7).randbytes, ""
        for line in case.before:
            if line[0] == "away":
                shutil.rmtree(_shared(terminal))
                continue
            if line[0].startswith("cut-"):
                push = _cut(terminal, line, random)
                continue
            if line[0] == "write":
                _write(folder, ((line[1], "".join(f"{word}\n" for word in line[2:])),))
                continue
            earlier = _ran(terminal, line, random)
            assert earlier.code == (4 if "stop" in line else 0), earlier.err
        _write(folder, case.later)
        line = tuple(push if word == "PUSH" else word for word in case.arguments)
        ran = _ran(terminal, line, random)
        assert ran.err == "" or ran.code, ran.err
        if not name.endswith(".json"):
            return _sizes_masked(ran.out.replace(_shared(terminal), "/mnt/team"))
        if case.arguments[0] == "sync":
            document = _synced(ran.json, os.path.realpath(folder))
        else:
            document = dict(_masked(ran.json, os.path.realpath(folder)))
        if case.arguments[0] == "size":
            document = _unmeasured(document)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _write(folder: Path, files: tuple[tuple[str, str | None], ...]) -> None:
    for path, content in files:
        if content is None:
            (folder / path).unlink()
        else:
            (folder / path).write_text(content)


def _damage(folder: Path) -> None:
    packs = (folder / ".contentvc/repository/packs").iterdir()
    pack = max(packs, key=lambda one: one.stat().st_size)  # of the first commit
    octets = bytearray(pack.read_bytes())
    octets[20] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(octets)


def _ran(terminal: Terminal, arguments: tuple[str, ...], random: Any) -> Ran:
    edge = terminal.edge(random=random)
    named = tuple(one.replace("SHARED", _shared(terminal)) for one in arguments)
    code = run("contentvc", named, edge)
    return Ran(code, edge.stdout.text, edge.stderr.text)


def _cut(terminal: Terminal, line: tuple[str, ...], random: Any) -> str:
    """Run a sync that is cut short around the decision of its push; the id of that."""
    pushes: list[bytes] = []

    def cut(*given: Any) -> None:
        pushes.append(given[2])
        raise KeyboardInterrupt

    step = "_decide" if line[0] == "cut-undecided" else "_commit"
    with patch.object(together, step, cut), patch.object(together, "_give_up", lambda *_: None):
        assert _ran(terminal, line[1:], random).code == 130
    return pushes[0].hex()


def _shared(terminal: Terminal) -> str:
    """The folder beside the copy that somebody is in, which no other copy has."""
    return os.fsdecode(terminal.here) + "-shared"


def _sizes_masked(text: str) -> str:
    """Without what depends on how well a version of zstd compresses."""
    text = re.sub(r"(\d+ packs? \().*?\)", r"\g<1>…)", text)
    text = re.sub(r"(\d objects?, ).*?([;\n]|$)", r"\g<1>…\g<2>", text)
    text = re.sub(r"\): .*? freed", "): … freed", text)
    text = re.sub(r"compacted: .*? to .*?,", "compacted: … to …,", text)
    return re.sub(r"compact: .*? in", "compact: … in", text)


def _masked(document: dict[str, Any], folder: str) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if key == "bytes" and isinstance(value, int):
            yield key, 0  # packs: zstd
        elif key == "bytes":
            yield key, value | {"stored": 0}
        elif key == "operations" and isinstance(value, list):
            # An operation's id is that of its bytes, the digests of packs among them.
            yield key, [one | {"id": "0" * 64} if isinstance(one, dict) else one for one in value]
        elif key in ("workspaces", "remains") and isinstance(value, list):
            yield key, [dict(_masked(one, folder)) for one in value]
        elif key in ("freed", "stored", "stored_after", "merged_bytes") and value is not None:
            yield key, 0  # packs: zstd
        elif key == "seconds":
            yield key, 0
        elif key == "location":
            yield key, value.replace(f"{folder}-shared", "/mnt/team")
        elif key in ("fetched", "state") and value is not None:
            yield key, dict(_masked(value, folder))
        elif key == "trouble" and value is not None:
            message = value["message"].replace(f"{folder}-shared", "/mnt/team")
            yield key, value | {"message": message}
        elif key == "remotes":
            yield key, [dict(_masked(one, folder)) for one in value]
        elif key == "replica":
            yield key, "0" * 32
        elif key in ("path", "root") and isinstance(value, str):
            yield key, value.replace(folder, "/home/ada/prompts")
        elif key == "workspace":
            yield key, "0" * 32
        else:
            yield key, value


def _synced(value: Any, folder: str) -> Any:
    """Without what differs from run to run, however deep it is."""
    if isinstance(value, list):
        return [_synced(one, folder) for one in value]
    if isinstance(value, str):
        return value.replace(f"{folder}-shared", "/mnt/team")
    if not isinstance(value, dict):
        return value
    masks = {"bytes": 0, "seconds": 0, "replica": "0" * 32}
    return {key: masks.get(key, _synced(one, folder)) for key, one in value.items()}


def _unmeasured(value: Any) -> Any:
    """Without what packs and the log take: it depends on the version of zstd, and on names."""
    if isinstance(value, list):
        return [_unmeasured(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: 0 if key in _TAKEN else _unmeasured(one) for key, one in value.items()}


_TAKEN = ("total", "stored", "delta_bytes", "index", "log")


def main() -> None:
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        grove = Grove(Path(folder))
        printed = {name: grove.printed(name) for name in CASES}
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    for name, text in printed.items():
        (HERE / name).write_text(text)
    if PAGE.exists():
        PAGE.write_text(EXAMPLE.sub(_example, PAGE.read_text()))


def _example(match: re.Match[str]) -> str:
    return f"<!-- {match[1]} -->\n```json\n{(HERE / match[1]).read_text()}```\n"


if __name__ == "__main__":
    main()
