"""Version: all content as of one commit."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from contentvc.actions.log import changes_of
from contentvc.actions.notes import notes_of
from contentvc.actions.read import unknown_path
from contentvc.changes.files import classify
from contentvc.changes.renames import find_renames
from contentvc.changes.trees import diff_trees, lookup
from contentvc.face.change import Change, changes_between
from contentvc.face.paths import Path, to_bytes
from contentvc.face.reader import Reader
from contentvc.face.tree import Tree
from contentvc.ids import ObjectId
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.tree import Mode
from contentvc.surroundings.world import World

if TYPE_CHECKING:
    from contentvc.face.sets import ContentSet

__all__ = ["Version", "moment", "revision_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Version:
    r"""A commit: the content as it was, and who recorded it, when and why.

    It is a value: equal to every other version of the same id, and it never changes. Any number
    of threads and forked processes may use one; pickled, it is the repository's path and the id.

    Example:
        >>> version = workspace.at("v1")
        >>> version.message, version.author
        ('First version', 'Ada Lovelace <ada@example.org>')
        >>> version.tree["prompts/support.md"].text()
        'Be brief.\nBe polite.\n'
    """

    _reader: Reader = field(repr=False, compare=False)
    id: str
    """The id of the commit, 64 hexadecimal digits: a revision that means this version for ever."""

    @property
    def tree(self) -> Tree:
        """The content: the root folder."""
        return Tree(self._reader, "", self._root)

    @property
    def message(self) -> str:
        """Why it was recorded."""
        return self._commit.message

    @property
    def author(self) -> str:
        """Who recorded it, ``Name <address>``."""
        return self._commit.author

    @property
    def time(self) -> datetime:
        """When it was recorded, in the author's time zone."""
        return moment(self._commit.time, self._commit.zone)

    @property
    def attributes(self) -> Mapping[str, str]:
        """Metadata that was recorded with it.

        Example:
            >>> workspace.at("main").attributes["score"]
            '0.91'
        """
        return dict(self._commit.attributes)

    @property
    def notes(self) -> Mapping[str, str]:
        """Metadata that was attached to it since, as of now; it is no part of the version.

        Example:
            >>> _ = workspace.notes.set("v1", {"score": 0.9})
            >>> workspace.at("v1").notes["score"]
            '0.9'
        """
        self._reader.view()
        return dict(notes_of(self._reader.replica, ObjectId(bytes.fromhex(self.id))))

    @property
    def sets(self) -> Mapping[str, "ContentSet"]:
        """The content sets that it declares, by name, in the order of its contentvc.toml.

        Raises:
            Declined: there are mistakes in that (``bad-declaration``).

        Example:
            >>> declared = 'sets.evals.paths = ["evals/**"]'
            >>> _ = Path("support/contentvc.toml").write_text(declared)
            >>> list(workspace.commit("Declare evals").sets)
            ['evals']
        """
        from contentvc.actions.declared import strictly_in  # noqa: PLC0415 - few programs ask
        from contentvc.face.sets import sets_of  # noqa: PLC0415 - as above

        return sets_of(strictly_in(self._reader.replica, self._root), self.tree)

    @property
    def parents(self) -> tuple["Version", ...]:
        """The versions it follows: none for a first one, several for a merge.

        Example:
            >>> workspace.at("main").parents == (workspace.at("v1"),)
            True
        """
        return tuple(Version(self._reader, parent.hex()) for parent in self._commit.parents)

    def changes(self, since: "Version | None" = None) -> tuple[Change, ...]:
        """What differs from an older version, by default from the first parent; renames found.

        Example:
            >>> for change in workspace.at("main").changes():
            ...     print(change.kind, change.path)
            modified model.json
            modified prompts/support.md
        """
        replica = self._reader.replica
        if since is None:
            return changes_between(self._reader, changes_of(replica, self._commit), self._id)
        found = diff_trees(replica.entries, since._root, self._root)  # noqa: SLF001 - another of us
        renamed = find_renames(classify(found), replica.blob_here)
        return changes_between(self._reader, renamed, self._id)

    def item(self, path: Path, item: str) -> Any:
        """One record or value of a file.

        Args:
            path: of the file.
            item: a record by its key, ``17``, a field of it, ``17/answer``, or a value of a
                document by its path, ``model/name``.

        Raises:
            Missing: there is no such file or item (``unknown-item``).

        Example:
            >>> workspace.at("v1").item("model.json", "temperature")
            0.2
        """
        from contentvc.actions.items import no_such_item, piece_of  # noqa: PLC0415 - few look inside
        from contentvc.actions.ruling import rules_in  # noqa: PLC0415 - as above
        from contentvc.formats.items import parse_item  # noqa: PLC0415 - as above

        replica, name = self._reader.replica, to_bytes(path).strip(b"/")
        entry = lookup(replica.entries, self._root, name)
        if entry is None or entry.mode is Mode.DIRECTORY:
            raise unknown_path(name, self.id)
        rules = rules_in(replica, self._root)(name)
        piece = piece_of(replica, name, entry, parse_item(item), rules)
        if piece is None:
            raise no_such_item(name, item, self.id[:12], rules)
        return piece.value

    def export(
        self,
        path: Path,
        paths: Iterable[Path] = (),
        *,
        sets: Iterable[str] = (),
        prefix: str = "",
        force: bool = False,
        skip_purged: bool = False,
    ) -> str | None:
        r"""Write the content, or some of it, without history: the same bytes each time.

        Args:
            path: a new file that ends in ``.tar``, ``.tar.zst`` or ``.zip``, or a new folder.
            paths: files and folders of the version; none means all.
            sets: only files of these content sets, as the version declares them.
            prefix: folders above everything, as ``name/``.
            force: replace a file, or an empty folder, that is there.
            skip_purged: leave out what was purged, where it is refused otherwise.

        Returns:
            The BLAKE3 of the archive before it is compressed; None for a folder.

        Raises:
            Conflict: there is something (``already-exists``).
            Missing: the version has none of a path or set, or content of it was purged.
            Declined: a zip file cannot hold a name, or contentvc.toml has mistakes.
            Damaged: content cannot be read; nothing is left behind.

        Example:
            >>> workspace.at("v1").export("v1.tar") == workspace.at("v1").export("again.tar")
            True
            >>> workspace.at("v1").export("v1", ["prompts"])
            >>> Path("v1/prompts/support.md").read_text()
            'Be brief.\nBe polite.\n'
        """
        from contentvc.actions.export import (  # noqa: PLC0415 - few programs export
            ExportRequest,
            Tools,
            export,
            format_of,
        )
        from contentvc.actions.progress import Silent  # noqa: PLC0415 - as above
        from contentvc.worktree.workers import Inline  # noqa: PLC0415 - as above

        named = to_bytes(path)
        target = os.path.normpath(os.path.join(World.current().here or b"/", named))
        request = ExportRequest(
            tree=self._root,
            time=self._commit.time,
            paths=tuple(to_bytes(one).strip(b"/") for one in paths),
            sets=tuple(sets),
            prefix=os.fsencode(prefix),
            skip_purged=skip_purged,
        )
        form, tools = format_of(os.fsdecode(named)), Tools(Inline(), Silent())
        report = export(self._reader.replica, request, target, form, tools, force=force)
        return report.digest

    @property
    def _id(self) -> ObjectId:
        return ObjectId(bytes.fromhex(self.id))

    @property
    def _root(self) -> ObjectId:
        return self._commit.tree

    @property
    def _commit(self) -> Commit:
        return self._reader.replica.commit(self._id)


def revision_of(given: str | Version) -> str:
    """What an action takes for a version or a revision."""
    return given.id if isinstance(given, Version) else given


def moment(time: int, zone: int = 0) -> datetime:
    """Microseconds since 1970 UTC as Python has it, in a zone so many minutes ahead."""
    return (_EPOCH + timedelta(microseconds=time)).astimezone(timezone(timedelta(minutes=zone)))
