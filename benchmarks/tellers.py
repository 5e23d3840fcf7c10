"""Tellers: contentvc and git, each doing the steps of one story in a working tree of its own."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from benchmarks.commands import Failed, run
from benchmarks.contentvc_side import console_script
from benchmarks.git_side import SETTINGS
from benchmarks.trees import folder_bytes

__all__ = ["ContentvcTeller", "GitTeller", "Teller"]


class Teller(Protocol):
    """A program that can tell the story; every call leaves a clean working tree but for `merge`."""

    @property
    def name(self) -> str:
        """How it is named in the table, and the folder it works in."""
        ...

    def begin(self) -> None:
        """A new repository on branch ``main``."""
        ...

    def commit(self, message: str, author: str) -> None:
        """Records all changes; concludes a merge in progress."""
        ...

    def start(self, branch: str) -> None:
        """A new branch here, and on to it."""
        ...

    def switch(self, branch: str) -> None:
        """On to another branch."""
        ...

    def tag(self, name: str) -> None:
        """A name for this commit."""
        ...

    def end(self, branch: str) -> None:
        """Deletes a branch that is merged."""
        ...

    def merge(self, branch: str) -> Sequence[str]:
        """Merges a branch; the paths in conflict, of which there are none when it is recorded."""
        ...

    def take_theirs(self, path: str) -> None:
        """Decides a conflict for the branch that comes in."""
        ...

    def take_mine(self, path: str) -> None:
        """Decides a conflict by what the file holds now."""
        ...

    def pick(self, revision: str) -> None:
        """One commit of another branch, here."""
        ...

    def revert(self, revision: str) -> None:
        """A commit that takes one back."""
        ...

    def roll_back(self, revision: str, path: str) -> None:
        """A commit in which a folder is as it was."""
        ...

    def take_back(self) -> None:
        """Takes the last commit back."""
        ...

    def set_aside(self) -> None:
        """Puts uncommitted changes away."""
        ...

    def bring_back(self) -> None:
        """Brings them back."""
        ...

    def erase(self, path: str) -> None:
        """Every version of a file is gone for good."""
        ...

    def tidy(self) -> None:
        """Packs everything as small as it goes, and checks it."""
        ...

    def stored(self) -> int:
        """Bytes of the repository."""
        ...

    def graph(self) -> str:
        """The log of all branches as a graph, a line a commit."""
        ...


class ContentvcTeller:
    """contentvc, by its command line."""

    name: Final = "contentvc"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder / self.name
        self._environment = environment
        self._script = str(console_script())

    def begin(self) -> None:
        self._do("init")

    def commit(self, message: str, author: str) -> None:
        self._do("commit", "-m", message, "--author", author)

    def start(self, branch: str) -> None:
        self._do("switch", "--create", branch)

    def switch(self, branch: str) -> None:
        self._do("switch", branch)

    def tag(self, name: str) -> None:
        self._do("tag", name)

    def end(self, branch: str) -> None:
        self._do("branch", "--delete", branch)

    def merge(self, branch: str) -> Sequence[str]:
        argv = [self._script, "merge", branch, "--on-conflict", "stop"]
        if _is_clean(argv, self._folder, self._environment, conflict=4):
            return ()
        return [one["path"] for one in json.loads(self._do("conflicts", "--json"))["conflicts"]]

    def take_theirs(self, path: str) -> None:
        self._do("resolve", path, "--theirs")

    def take_mine(self, path: str) -> None:
        self._do("resolve", path)

    def pick(self, revision: str) -> None:
        self._do("cherry-pick", revision)

    def revert(self, revision: str) -> None:
        self._do("revert", revision)

    def roll_back(self, revision: str, path: str) -> None:
        self._do("rollback", revision, path)

    def take_back(self) -> None:
        self._do("undo")

    def set_aside(self) -> None:
        self._do("stash")

    def bring_back(self) -> None:
        self._do("stash", "pop")

    def erase(self, path: str) -> None:
        self._do("purge", path, "--reason", "a key was in it", "--yes")

    def tidy(self) -> None:
        self._do("compact")
        self._do("verify")

    def stored(self) -> int:
        return folder_bytes(self._folder / ".contentvc" / "repository")

    def graph(self) -> str:
        return self._do("log", "--graph", "--oneline", "--all")

    def _do(self, *arguments: str) -> str:
        return run([self._script, *arguments], self._folder, self._environment).decode()


class GitTeller:
    """git, by the commands that people use for the same."""

    name: Final = "git"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder / self.name
        self._environment = {**environment, "FILTER_BRANCH_SQUELCH_WARNING": "1"}

    def begin(self) -> None:
        self._do("init", "-q", "-b", "main", "--template=")
        with (self._folder / ".git" / "config").open("a") as config:
            config.write(SETTINGS)
            # As contentvc: what is added to a folder that was renamed goes to its new name.
            config.write("[merge]\n\tdirectoryRenames = true\n")

    def commit(self, message: str, author: str) -> None:
        self._do("add", "-A")
        self._do("commit", "-q", "-m", message, "--author", author)

    def start(self, branch: str) -> None:
        self._do("switch", "-q", "-c", branch)

    def switch(self, branch: str) -> None:
        self._do("switch", "-q", branch)

    def tag(self, name: str) -> None:
        self._do("tag", name)

    def end(self, branch: str) -> None:
        self._do("branch", "-q", "-d", branch)

    def merge(self, branch: str) -> Sequence[str]:
        argv = ["git", "merge", "-q", "--no-edit", branch]
        if _is_clean(argv, self._folder, self._environment, conflict=1):
            return ()
        return self._do("diff", "--name-only", "--diff-filter=U").splitlines()

    def take_theirs(self, path: str) -> None:
        self._do("checkout", "-q", "--theirs", "--", path)
        self._do("add", path)

    def take_mine(self, path: str) -> None:
        self._do("add", path)

    def pick(self, revision: str) -> None:
        self._do("cherry-pick", revision)

    def revert(self, revision: str) -> None:
        self._do("revert", "--no-edit", revision)

    def roll_back(self, revision: str, path: str) -> None:
        self._do("rm", "-r", "-q", path)
        self._do("checkout", "-q", revision, "--", path)
        self._do("commit", "-q", "-m", f"Roll back {path} to {revision}")

    def take_back(self) -> None:
        self._do("reset", "-q", "--hard", "HEAD~1")

    def set_aside(self) -> None:
        self._do("stash", "-q", "-u")

    def bring_back(self) -> None:
        self._do("stash", "pop", "-q")

    def erase(self, path: str) -> None:
        remove = f"git rm -q --cached --ignore-unmatch {path}"
        self._do("filter-branch", "-f", "--index-filter", remove, "--", "--all")
        for ref in self._do("for-each-ref", "--format=%(refname)", "refs/original").split():
            self._do("update-ref", "-d", ref)

    def tidy(self) -> None:
        self._do("reflog", "expire", "--expire=now", "--all")
        self._do("gc", "-q", "--aggressive", "--prune=now")
        self._do("fsck", "--full", "--no-progress")

    def stored(self) -> int:
        return folder_bytes(self._folder / ".git" / "objects")

    def graph(self) -> str:
        return self._do("log", "--graph", "--oneline", "--all")

    def _do(self, *arguments: str) -> str:
        return run(["git", *arguments], self._folder, self._environment).decode()


def _is_clean(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], conflict: int
) -> bool:
    """Whether a merge ended without conflicts, which have an exit code of their own."""
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, conflict):
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise Failed(f"`{' '.join(argv[1:])}` exited with {done.returncode}: {said}")
    return done.returncode == 0
