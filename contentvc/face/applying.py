"""Applying: changes that were written out, made in a working tree by a program."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contentvc.actions.apply import ApplyReport, apply, check
from contentvc.actions.patches import FilePatch, Form, read_patches
from contentvc.changes.files import ChangeKind
from contentvc.errors import Usage
from contentvc.face.merging import MergingTree
from contentvc.face.paths import Path, to_text, to_texts

__all__ = ["Applied", "ApplyingTree"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What changes did to the working tree, or would do.

    Example:
        >>> patch = '[{"op": "remove", "path": "/2"}]'
        >>> applied = workspace.apply(patch, to="evals/cases.jsonl", check=True)
        >>> {path: str(kind) for path, kind in applied.files.items()}
        {'evals/cases.jsonl': 'modified'}
    """

    files: Mapping[str, ChangeKind]
    """The files, where they are now, and what happened to each."""
    overwritten: tuple[str, ...]
    """Those of them that had uncommitted content."""
    is_saved: bool
    """Whether that content was kept in the operation log."""


class ApplyingTree(MergingTree):
    """What can be done with changes that were written out."""

    def apply(
        self,
        changes: str | bytes,
        *,
        to: Path | None = None,
        form: str | None = None,
        check: bool = False,
        discard: bool = False,
    ) -> Applied:
        """Make changes in the working tree: all of them, or none where one does not fit.

        Uncommitted content of the files is kept in the operation log, and nothing is recorded.

        Args:
            changes: lines of JSON as ``contentvc diff --as jsonl`` writes them, a JSON Patch
                (RFC 6902) or a JSON Merge Patch (RFC 7396).
            to: the file of a patch that names none.
            form: ``jsonl``, ``json-patch`` or ``merge-patch``; None sees it from the content.
            check: only see whether they fit, and what would change.
            discard: do not keep uncommitted content that is overwritten.

        Raises:
            Conflict: a change does not fit (``does-not-fit``); nothing was changed.
            Usage: these are no changes, or they name a dangerous path.

        Example:
            >>> patch = '{"evals/cases.jsonl": [{"op": "replace", "path": "/2/input", "value": 1}]}'
            >>> _ = workspace.apply(patch)
            >>> Path("support/evals/cases.jsonl").read_text().splitlines()[-1]
            '{"input": 1}'
        """
        content = changes.encode() if isinstance(changes, str) else changes
        targets = self._session.paths([] if to is None else [to])
        patches = read_patches(content, _form(form), targets[0] if targets else None)
        return _applied(self._made(patches, is_check=check, discard=discard))

    def _made(self, patches: Iterable[FilePatch], *, is_check: bool, discard: bool) -> ApplyReport:
        context, given = self._session.context(), list(patches)
        if is_check:
            return check(context, given)
        report = apply(context, given, discard=discard)
        self._session.compact_a_little(context)
        return report


def _form(word: str | None) -> Form | None:
    try:
        return None if word is None else Form(word)
    except ValueError as error:
        raise Usage("bad-value", f"{word!r} is no form of changes that is applied") from error


def _applied(report: ApplyReport) -> Applied:
    return Applied(
        {to_text(one.path): one.change for one in report.files},
        to_texts(report.overwritten),
        report.saved,
    )
