"""Document: a whole file as one value, for changes that are told by where something is in it."""

from contentvc.formats.changes import RecordChanges
from contentvc.formats.contract import Format
from contentvc.formats.items import Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.registry import OF_RECORDS
from contentvc.formats.rules import Rules
from contentvc.formats.source import NOTHING, Source

__all__ = ["document_of"]


def document_of(form: Format, content: Source, rules: Rules) -> Value:
    """What a document holds; a file of records is the list of them, in its order.

    Raises:
        Unfit: the format cannot read it, or has no values.
    """
    if form.name in OF_RECORDS:
        changes = form.diff(NOTHING, content, rules)
        assert isinstance(changes, RecordChanges)  # noqa: S101 - what formats of records give
        return [record.new for record in changes.records]
    piece = form.find(content, (), rules)
    if piece is None:
        raise Unfit(Problem("malformed", "it holds no value"))
    return piece.value
