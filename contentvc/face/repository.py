"""Repository: all versions there are, to be read; no working tree is needed."""

import os
from collections.abc import Iterator

from contentvc.errors import Missing
from contentvc.face.paths import Path, to_bytes, to_text
from contentvc.face.reader import Reader
from contentvc.face.refs import Refs
from contentvc.face.version import Version
from contentvc.history.graph import walk
from contentvc.history.names import BRANCH, TAG
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.surroundings.world import World
from contentvc.worktree.place import find

__all__ = ["Repository", "open_repository"]


class Repository:
    r"""All versions of some content, for reading.

    What others record while it is open is seen by the next call of `at`, `branches`, `tags` or
    `log`; versions that were given out stay as they are. Any number of threads may use one at the
    same time, while others record, and forked children read on. Pickled, it is the folder's path.

    Example:
        >>> repository = contentvc.open_repository("support/.contentvc/repository")
        >>> repository.at("main~1").tree["prompts/support.md"].text()
        'Be brief.\nBe polite.\n'
    """

    def __init__(self, reader: Reader) -> None:
        """For `open_repository`, `contentvc.Workspace.repository` and `as_of`, which make them."""
        self._reader = reader

    def __repr__(self) -> str:
        return f"Repository({self.path!r})"

    @property
    def path(self) -> str:
        """The folder or URL of the repository, where there is a file ``repository.json``."""
        return self._reader.folder

    @property
    def id(self) -> str:
        """Names the repository; its clones have the same."""
        return self._reader.replica.description.repository.hex()

    def at(self, revision: str) -> Version:
        """The version that a revision names.

        Args:
            revision: as on the command line: a branch, a tag, an id or its first digits,
                ``main~2``, ``main@{yesterday}``. ``HEAD`` only where a workspace is known.

        Raises:
            Missing: there is none (``unknown-revision``, ``no-commits``).
            Usage: several commits begin with those digits (``ambiguous-revision``).
        """
        return Version(self._reader, self._reader.resolve(revision).hex())

    def log(self, revision: str) -> Iterator[Version]:
        """A version and all that came before it, newest first.

        Raises:
            Missing, Usage: as `at`.

        Example:
            >>> [version.message for version in repository.log("main")]
            ['Shorter', 'First version']
        """
        start = self._reader.resolve(revision)
        for identifier, _ in walk([start], self._reader.replica.commit):
            yield Version(self._reader, identifier.hex())

    @property
    def branches(self) -> Refs:
        """The branches and their newest versions."""
        return Refs(self._reader, BRANCH)

    @property
    def tags(self) -> Refs:
        """The tags and their versions."""
        return Refs(self._reader, TAG)

    def as_of(self, operation: int) -> "Repository":
        """The repository as it was after an operation, for looking at the past.

        Raises:
            Missing: there is no such operation (``unknown-operation``).

        Example:
            >>> repository.as_of(2).at("main") == repository.at("v1")
            True
        """
        return Repository(self._reader.as_of(operation))


def open_repository(path: Path) -> Repository:
    """Open a repository for reading; nobody need say who they are, and nothing is written.

    What is in a bucket is read where it is: one small file of an old version takes some eight
    requests, however many versions there are, and nothing is copied to this machine. Credentials
    come from the provider's environment variables.

    Args:
        path: the repository's folder, or a folder under contentvc, where the repository is in
            ``.contentvc/repository``; or a URL as a remote has it, such as
            ``s3://bucket/folder``.

    Raises:
        Missing: there is none (``not-a-repository``).
        Damaged: it needs a newer version of contentvc, or is damaged.
        Unreachable: the bucket does not answer, or has no repository.
        NotAllowed: it may not be read, or what reads buckets is not installed
            (``not-supported``).
        Usage: the URL is none, or holds credentials.

    Example:
        >>> contentvc.open_repository("support").at("v1").message
        'First version'
    """
    world = World.current()
    given = to_text(to_bytes(path))
    if "://" in given:
        return _at_url(given, world)
    return _in_folder(to_bytes(path), world)


def _at_url(url: str, world: World) -> Repository:
    from contentvc.remotes.location import parse_location  # noqa: PLC0415 - only for URLs

    location = parse_location(url, world.here or b"/")
    if location.kind == "folder":
        return _in_folder(location.folder, world)
    return Repository(Reader(location.text, world, None))


def _in_folder(path: bytes, world: World) -> Repository:
    folder = os.path.join(world.here or b"/", path)
    for below in (b"", b"repository", os.path.join(OWN_FOLDER, b"repository")):
        candidate = os.path.normpath(os.path.join(folder, below))
        if os.path.isfile(os.path.join(candidate, b"repository.json")):
            return Repository(Reader(os.fsdecode(candidate), world, None))
    if not os.path.isdir(folder):
        shown = folder.decode("utf-8", "replace")
        raise Missing("not-a-repository", f"there is no folder {shown}", path=shown)
    return Repository(Reader(find(folder).repository, world, None))
