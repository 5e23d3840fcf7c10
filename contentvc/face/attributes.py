"""Attributes of files and notes on commits, as programs set them."""

from collections.abc import Iterable, Mapping

from contentvc.actions.attributes import AttributesReport, set_attributes, unset_attributes
from contentvc.actions.noting import set_notes, unset_notes
from contentvc.errors import Usage
from contentvc.face.paths import Path
from contentvc.face.session import Session
from contentvc.face.version import Version, revision_of
from contentvc.snapshots.attributes import Attributes as Pairs

__all__ = ["Attributes", "Notes"]


class Attributes:
    """Metadata of recorded files. It is versioned with them: each change is a version of its own.

    They stay with a file that is edited or renamed; `File.attributes` tells them.

    Example:
        >>> version = workspace.attributes.set(["prompts"], {"license": "CC0-1.0"})
        >>> dict(version.tree["prompts/router.md"].attributes)
        {'license': 'CC0-1.0'}
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def set(
        self,
        paths: Iterable[Path],
        attributes: Mapping[str, str | float],
        message: str | None = None,
    ) -> Version:
        """Attach something to files, and to those below folders; uncommitted edits stay so.

        Args:
            paths: recorded files and folders.
            attributes: by key; numbers become text. Other keys stay as they are.
            message: of the new version; without it, it tells what was done.

        Raises:
            Missing: a path is not recorded (``unknown-path``).
            Declined: they have these attributes already (``nothing-to-commit``).
            Usage: an attribute is beyond the limits.
            Conflict: a merge is in progress, or the branch moved meanwhile.

        Example:
            >>> workspace.attributes.set(["model.json"], {"cost": 0.2}).message
            'Set cost=0.2 on model.json'
        """
        context, named = self._session.context(), self._session.paths(paths)
        return self._made(set_attributes(context, named, _pairs(attributes), message))

    def unset(
        self, paths: Iterable[Path], keys: Iterable[str], message: str | None = None
    ) -> Version:
        """Take attributes away.

        Raises:
            Missing: a path is not recorded, or no file has any (``unknown-attribute``).
            Conflict: as `set`.

        Example:
            >>> _ = workspace.attributes.set(["model.json"], {"cost": 0.2, "by": "Ada"})
            >>> version = workspace.attributes.unset(["model.json"], ["cost"])
            >>> dict(version.tree["model.json"].attributes)
            {'by': 'Ada'}
        """
        context, named = self._session.context(), self._session.paths(paths)
        return self._made(unset_attributes(context, named, _keys(keys), message))

    def _made(self, report: AttributesReport) -> Version:
        return self._session.version(report.id)


class Notes:
    """What is attached to versions after they were recorded, which it does not change.

    `Version.notes` tells them.

    Example:
        >>> workspace.notes.set("v1", {"score": 0.91})
        {'score': '0.91'}
        >>> dict(workspace.at("v1").notes)
        {'score': '0.91'}
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def set(self, version: str | Version, notes: Mapping[str, str | float]) -> Mapping[str, str]:
        """Note something on a version; what else was noted stays.

        Returns:
            All its notes.

        Raises:
            Missing, Usage: the revision is not understood, or a note is beyond the limits.
            Declined: it has these notes already (``nothing-to-commit``).

        Example:
            >>> workspace.notes.set("main", {"checked": "yes"})
            {'checked': 'yes'}
        """
        return dict(set_notes(self._session.context(), revision_of(version), _pairs(notes)).notes)

    def unset(self, version: str | Version, keys: Iterable[str]) -> Mapping[str, str]:
        """Take notes away.

        Returns:
            Those that are left.

        Raises:
            Missing: there are none of these (``unknown-attribute``).

        Example:
            >>> _ = workspace.notes.set("main", {"checked": "yes", "score": 1})
            >>> workspace.notes.unset("main", ["checked"])
            {'score': '1'}
        """
        return dict(unset_notes(self._session.context(), revision_of(version), _keys(keys)).notes)


def _pairs(given: Mapping[str, str | float]) -> Pairs:
    return tuple(sorted((key, str(value)) for key, value in given.items()))


def _keys(keys: Iterable[str]) -> tuple[str, ...]:
    if isinstance(keys, str):
        raise Usage("bad-value", f"keys must be several: [{keys!r}]")
    return tuple(keys)
