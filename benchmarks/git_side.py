"""git, as it is out of the box but for what would make a run depend on anything else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.commands import Work, run
from benchmarks.sides import Sizes
from benchmarks.trees import folder_bytes, remove_folder

__all__ = ["SETTINGS", "GitSide"]

SETTINGS: Final = """\
[user]
\tname = Benchmark
\temail = benchmark@content.example
[gc]
\tauto = 0
[core]
\tfsmonitor = false
"""
"""No collection in the middle of a measurement, no background process. What is synced to disk is
git's default: packs, indexes of packs and the commit graph are, loose objects and refs are not."""


class GitSide:
    """git in a working tree of its own."""

    name: Final = "git"
    repository: Final = ".git"
    program: Final = "git"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def prepare(self, folder: Path) -> None:
        """A new repository without sample hooks, which would count in its size."""
        remove_folder(folder / ".git")
        run(["git", "init", "-q", "-b", "main", "--template="], folder, self._environment)
        with (folder / ".git" / "config").open("a") as config:
            config.write(SETTINGS)

    def version(self) -> Work:
        """`git --version`."""
        return (("git", "--version"),)

    def commit(self, message: str) -> Work:
        """Two commands, as people type it; -q spares git a summary that lists every new file."""
        return ("git", "add", "-A"), ("git", "commit", "-q", "-m", message)

    def export(self, path: str) -> Work:
        """`git archive -o FILE.tar HEAD`."""
        return (("git", "archive", "-o", path, "HEAD"),)

    def status(self) -> Work:
        """`git status`."""
        return (("git", "status"),)

    def short_status(self) -> Work:
        """`git status --short`."""
        return (("git", "status", "--short"),)

    def branch(self, name: str) -> Work:
        """`git branch NAME`."""
        return (("git", "branch", name),)

    def switch(self, name: str) -> Work:
        """`git switch NAME`."""
        return (("git", "switch", name),)

    def merge(self, name: str) -> Work:
        """`git merge`; -q spares git a summary that lists every file."""
        return (("git", "merge", "-q", "--no-edit", name),)

    def cherry_pick(self, name: str) -> Work:
        """`git cherry-pick NAME`."""
        return (("git", "cherry-pick", name),)

    def take_back(self) -> Work:
        """`git reset --hard`: to the first parent."""
        return (("git", "reset", "-q", "--hard", "HEAD~1"),)

    def diff(self) -> Work:
        """`git diff`."""
        return (("git", "diff"),)

    def log(self, count: int) -> Work:
        """`git log -n COUNT`."""
        return (("git", "log", "-n", str(count)),)

    def add_remote(self, folder: Path, remote: str, place: Path) -> None:
        """`git init --bare`, and `git remote add` of its URL."""
        argv = ("git", "init", "-q", "--bare", "-b", "main", "--template=", str(place))
        run(argv, folder, self._environment)
        run(("git", "remote", "add", remote, place.as_uri()), folder, self._environment)

    def push(self, remote: str) -> Work:
        """`git push -q NAME main`, over ``file://``."""
        return (("git", "push", "-q", remote, "main"),)

    def clone(self, place: str, folder: str) -> Work:
        """`git clone -q`, over ``file://``."""
        return (("git", "clone", "-q", Path(place).as_uri(), folder),)

    def compact(self) -> Work:
        """`git gc --aggressive`."""
        return (("git", "gc", "--aggressive", "-q"),)

    def taken(self, folder: Path) -> int:
        """All of `.git`, loose objects included."""
        return folder_bytes(folder / ".git")

    def sizes(self, folder: Path) -> Sizes:
        """After `git gc`: all of `.git`, and `.git/objects`."""
        run(["git", "gc", "-q"], folder, self._environment)
        repository = folder / ".git"
        return Sizes(whole=folder_bytes(repository), stored=folder_bytes(repository / "objects"))
