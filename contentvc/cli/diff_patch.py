"""Changes as documents of the RFCs: JSON Patch and JSON Merge Patch."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from contentvc.actions.differences import Difference
from contentvc.cli.documents import dump_item
from contentvc.cli.escape import escape
from contentvc.errors import Usage
from contentvc.formats.changes import RecordChanges, StructuredChanges
from contentvc.formats.document import document_of
from contentvc.formats.exchange import NotJson, dump_plain
from contentvc.formats.items import Value
from contentvc.formats.json_patch_make import make as make_patch
from contentvc.formats.merge_patch import Inexpressible
from contentvc.formats.merge_patch import make as make_merge
from contentvc.formats.registry import format_named

__all__ = ["json_patch_lines", "merge_patch_lines"]

_Make = Callable[[Value, Value], Value]
_INSTEAD: Final = "--as jsonl tells every change; or give the paths of structured files"


def json_patch_lines(differences: Sequence[Difference], *, with_tests: bool) -> Iterator[str]:
    """The patch of one file, or an object with that of each by its path.

    Raises:
        Usage: a change cannot be told so (``inexpressible``).
    """
    return _lines(differences, partial(_patch, with_tests=with_tests))


def merge_patch_lines(differences: Sequence[Difference]) -> Iterator[str]:
    """The same, as merge patches.

    Raises:
        Usage: a change cannot be told so (``inexpressible``).
    """
    return _lines(differences, make_merge)


def _patch(old: Value, new: Value, *, with_tests: bool) -> Value:
    return make_patch(old, new, with_tests=with_tests)


def _lines(differences: Sequence[Difference], make: _Make) -> Iterator[str]:
    told = [(one, _written(one, make)) for one in differences]
    if len(told) == 1:
        yield told[0][1]
        return
    yield "{" if told else "{}"
    for number, (one, text) in enumerate(told, 1):
        yield f"{dump_item(_name(one))}: {text}{',' if number < len(told) else ''}"
    if told:
        yield "}"


def _written(difference: Difference, make: _Make) -> str:
    """The patch of one file; of a JSON Patch each operation has a line."""
    patch = _made(difference, make)
    if not isinstance(patch, list) or not patch:
        return dump_plain(patch)
    return "[\n" + ",\n".join(f"  {dump_plain(one)}" for one in patch) + "\n]"


def _made(difference: Difference, make: _Make) -> Value:
    old, new, change = difference.old, difference.new, difference.change
    if old is None or new is None or change.old_path is not None:
        raise _refused(difference, f"the file is {change.change.value}")
    if not difference.is_of_content:
        raise _refused(difference, "only its mode or its attributes changed")
    changes, name = difference.terms()
    if not isinstance(changes, StructuredChanges | RecordChanges):
        raise _refused(difference, f"it is read as {name}")
    if isinstance(changes, StructuredChanges) and changes.text and changes.text.hunks:
        raise _refused(difference, "its text changed, too")
    form = format_named(name)
    before = document_of(form, old, difference.rules)
    try:
        return make(before, document_of(form, new, difference.rules))
    except (NotJson, Inexpressible) as error:
        raise _refused(difference, str(error)) from error


def _name(difference: Difference) -> str:
    try:
        return difference.change.path.decode()
    except UnicodeDecodeError as error:
        raise _refused(difference, "its path is not UTF-8") from error


def _refused(difference: Difference, reason: str) -> Usage:
    path = escape(difference.change.path)
    return Usage("inexpressible", f"{path} cannot be told as a patch: {reason}", _INSTEAD)
