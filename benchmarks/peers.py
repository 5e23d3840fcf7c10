"""Peers: restic, borg and DVC with their defaults, as far as they are on the search path."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks.commands import Argv, Work, run
from benchmarks.datasets import Absent
from benchmarks.git_side import GitSide
from benchmarks.seaweedfs import SeaweedFs
from benchmarks.sides import Keeper
from benchmarks.trees import folder_bytes, remove_folder

__all__ = ["SETTINGS", "BucketDvc", "BucketRestic", "Peers"]

SETTINGS: Final = {
    "RESTIC_PASSWORD": "benchmark",
    "BORG_RELOCATED_REPO_ACCESS_IS_OK": "yes",
    "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    "DVC_NO_ANALYTICS": "true",
}
"""Environment variables by which none of them asks anything or reaches for the network."""


class Restic:
    """restic; its repository lies beside the folder."""

    name: Final = "restic"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def prepare(self, folder: Path) -> None:
        """`restic init`."""
        remove_folder(_beside(folder))
        run(self._argv("init"), folder, self._environment)

    def version(self) -> Work:
        """`restic version`."""
        return (("restic", "version"),)

    def commit(self, message: str) -> Work:
        """`restic backup`, with the message as a tag."""
        return (self._argv("backup", "--tag", message, "."),)

    def taken(self, folder: Path) -> int:
        """The repository, without the cache in the home folder."""
        return folder_bytes(_beside(folder))

    def _argv(self, *words: str) -> Argv:
        return "restic", "-q", "-r", f"../{_beside(Path(self.name)).name}", *words


class Borg:
    """borg without encryption; its repository lies beside the folder."""

    name: Final = "borg"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def prepare(self, folder: Path) -> None:
        """`borg init`."""
        remove_folder(_beside(folder))
        run(("borg", "init", "-e", "none", self._repository()), folder, self._environment)

    def version(self) -> Work:
        """`borg --version`."""
        return (("borg", "--version"),)

    def commit(self, message: str) -> Work:
        """`borg create`, into an archive of the message's name."""
        return (("borg", "create", f"{self._repository()}::{message}", "."),)

    def taken(self, folder: Path) -> int:
        """The repository, without the cache in the home folder."""
        return folder_bytes(_beside(folder))

    def _repository(self) -> str:
        return f"../{_beside(Path(self.name)).name}"


class Dvc:
    """DVC in a git repository, as it is meant to be used."""

    name: Final = "dvc"

    def __init__(self, environment: Mapping[str, str], files: tuple[str, ...]) -> None:
        self._environment = environment
        self._git = GitSide(environment)
        self._files = files

    def prepare(self, folder: Path) -> None:
        """`git init`, `dvc init` and a first commit of what DVC keeps in git."""
        remove_folder(folder / ".dvc")
        for path in [folder / ".dvcignore", folder / ".gitignore", *folder.glob("*.dvc")]:
            path.unlink(missing_ok=True)
        self._git.prepare(folder)
        for words in (
            ("dvc", "init", "-q"),
            ("dvc", "config", "core.analytics", "false"),
            ("dvc", "config", "core.check_update", "false"),
            ("git", "add", ".dvc", ".dvcignore"),
            ("git", "commit", "-q", "-m", "DVC"),
        ):
            run(words, folder, self._environment)

    def version(self) -> Work:
        """`dvc --version`."""
        return (("dvc", "--version"),)

    def commit(self, message: str) -> Work:
        """`dvc add` of the files, then `git commit` of what names their content."""
        return ("dvc", "add", "-q", *self._files), *self._git.commit(message)

    def taken(self, folder: Path) -> int:
        """`.dvc` with its cache, and `.git`."""
        return folder_bytes(folder / ".dvc") + folder_bytes(folder / ".git")


class BucketRestic:
    """restic whose repository lies in a bucket."""

    name: Final = "restic"

    def __init__(self, environment: Mapping[str, str], server: SeaweedFs, bucket: str) -> None:
        """Raises `Absent` where there is no restic."""
        self._environment = environment
        self._url = f"s3:{server.endpoint}/{bucket}"
        _require(self.name, environment)

    def prepare(self, folder: Path) -> None:
        """`restic init`."""
        run(self._argv("init"), folder, self._environment)

    def commit(self, message: str) -> Work:
        """`restic backup`, with the message as a tag."""
        return (self._argv("backup", "--tag", message, "."),)

    def _argv(self, *words: str) -> Argv:
        return "restic", "-q", "-r", self._url, *words


class BucketDvc:
    """DVC whose remote is a bucket."""

    name: Final = "dvc"

    def __init__(self, environment: Mapping[str, str], files: tuple[str, ...]) -> None:
        """Raises `Absent` where there is no DVC."""
        self._environment = environment
        self._dvc = Dvc(environment, files)
        _require(self.name, environment)

    def prepare(self, folder: Path, server: SeaweedFs, bucket: str) -> None:
        """As without a bucket, and `dvc remote add`."""
        server.make_bucket(bucket)
        self._dvc.prepare(folder)
        for words in (
            ("dvc", "remote", "add", "-q", "-d", "bucket", f"s3://{bucket}/files"),
            ("dvc", "remote", "modify", "-q", "bucket", "endpointurl", server.endpoint),
        ):
            run(words, folder, self._environment)

    def commit(self, message: str) -> Work:
        """`dvc add` of the files, then `git commit`."""
        return self._dvc.commit(message)

    def push(self) -> Work:
        """`dvc push`."""
        return (("dvc", "push", "-q"),)


class Peers:
    """Those of the three that can be run here."""

    def __init__(self, environment: Mapping[str, str], files: tuple[str, ...]) -> None:
        every: tuple[Keeper, ...] = (
            Restic(environment),
            Borg(environment),
            Dvc(environment, files),
        )
        self.present: Final = tuple(peer for peer in every if _found(peer, environment))
        self._absent = [peer.name for peer in every if peer not in self.present]

    @property
    def are_complete(self) -> bool:
        """Whether all three are present."""
        return not self._absent

    def require_all(self) -> None:
        """For a row that compares with the best of all three.

        Raises:
            Absent: at least one is not on the search path.
        """
        if self._absent:
            raise Absent(f"not on the search path: {', '.join(self._absent)}")


def _require(name: str, environment: Mapping[str, str]) -> None:
    if shutil.which(name, path=environment["PATH"]) is None:
        raise Absent(f"not on the search path: {name}")


def _found(peer: Keeper, environment: Mapping[str, str]) -> bool:
    return shutil.which(peer.name, path=environment["PATH"]) is not None


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-repository")
