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

from contentvc.cli.program import run
from tests.cli.scenery import grown, visitor
from tests.cli.terminal import Ran, Terminal

HERE = Path(__file__).parent / "printed"
PAGE = Path(__file__).parents[2] / "docs/reference/json.md"
EXAMPLE = re.compile(r"<!-- (\S+) -->\n```json\n.*?```\n", re.DOTALL)


class Case(NamedTuple):
    """One command line; `before` are others that run first in the same copy."""

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


CASES = {
    # Documents: the name is the command's, with a word for the variant.
    "branch.json": _case("branch --json"),
    "branch-unborn.json": _case("-C new branch --json", "init new"),
    "branch-made.json": _case("branch --json trial v1"),
    "branch-renamed.json": _case("branch --json -m evals tests"),
    "cat.json": _case("cat --json v1:docs/guide.md"),
    "check-ignore.json": _case(
        "check-ignore --json a.log keep.log run.sh .venv/x .env",
        _dot_contentvcignore="*.log\n!keep.log\nrun.*\n",
    ),
    "commit.json": _case("commit --json -m More --attr model=small", new_dot_txt="new\n"),
    "config.json": _case("config --json"),
    "config-one.json": _case("config --json ui.color"),
    "config-set.json": _case("config --json ignore.git true"),
    "diff.json": _case("diff --json v1 main"),
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
    "stash.json": _case("stash --json push -m Later", run_dot_sh="mine\n"),
    "stash-list.json": _case("stash --json list", "stash -m Later", run_dot_sh="mine\n"),
    "stash-pop.json": _case("stash --json pop", "stash -m Later", run_dot_sh="mine\n"),
    "stash-force.json": _then(
        _case("stash --json pop --force", "stash -m Later", run_dot_sh="mine\n"),
        run_dot_sh="others\n",
    ),
    "switch.json": _case("switch --json evals"),
    "tag.json": _case("tag --json"),
    "tag-made.json": _case("tag --json v2"),
    "undo-force.json": _then(
        _case("undo --json --force", "rollback v1 docs"), docs__guide_dot_md="mine\n"
    ),
    "undo.json": _case("undo --json", "rollback v1 docs"),
    "untrack.json": _case("untrack --json run.sh"),
    "verify.json": _case("verify --json"),
    "verify-damaged.json": _case("verify --json")._replace(is_damaged=True),
    "workspace.json": _case("workspace --json", "workspace add -q side evals"),
    "workspace-added.json": _case("workspace add --json side main"),
    "workspace-removed.json": _case(
        "workspace remove --json --force side",
        "workspace add -q side -c trial",
        "-C side restore -q docs/guide.md -s v1",
    ),
    "version.json": _case("--version --json"),
    # Text.
    "branch.txt": _case("branch"),
    "branch-verbose.txt": _case("branch -v"),
    "branch-changes.txt": _case("branch -D evals", "branch trial"),
    "check-ignore.txt": _case(
        "check-ignore -v a.log keep.log run.sh .venv/x .env other",
        _dot_contentvcignore="*.log\n!keep.log\nrun.*\n",
    ),
    "log.txt": _case("log"),
    "log-graph.txt": _case("log --graph"),
    "log-graph-oneline.txt": _case("log --graph --oneline --all --stat"),
    "log-patch-of-renamed.txt": _case("log -p docs/handbook.md"),
    "ls-long.txt": _case("ls -l v1:"),
    "operations.txt": _case("operations"),
    "redo.txt": _case("redo", "switch evals", "undo"),
    "rollback.txt": _case("rollback v1"),
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
        random = Random(7).randbytes
        for line in case.before:
            earlier = _ran(terminal, line, random)
            assert earlier.code == 0, earlier.err
        _write(folder, case.later)
        ran = _ran(terminal, case.arguments, random)
        assert ran.err == "" or ran.code, ran.err
        if not name.endswith(".json"):
            return _sizes_masked(ran.out)
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
    code = run("contentvc", arguments, edge)
    return Ran(code, edge.stdout.text, edge.stderr.text)


def _sizes_masked(text: str) -> str:
    """Without what depends on how well a version of zstd compresses."""
    return re.sub(r"(in \d+ packs? \().*?\)", r"\g<1>…)", text)


def _masked(document: dict[str, Any], folder: str) -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        if key == "bytes" and isinstance(value, int):
            yield key, 0  # packs: zstd
        elif key == "bytes":
            yield key, value | {"stored": 0}
        elif key == "operations" and isinstance(value, list):
            # An operation's id is that of its bytes, the digests of packs among them.
            yield key, [one | {"id": "0" * 64} for one in value]
        elif key in ("workspaces", "remains") and isinstance(value, list):
            yield key, [dict(_masked(one, folder)) for one in value]
        elif key == "freed":
            yield key, 0  # packs: zstd
        elif key in ("path", "root") and isinstance(value, str):
            yield key, value.replace(folder, "/home/ada/prompts")
        elif key == "workspace":
            yield key, "0" * 32
        else:
            yield key, value


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
