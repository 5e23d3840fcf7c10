"""Terms: what changed inside a file, in the terms of its format, for programs."""

from contentvc.actions.content import ContentDiff, PurgedDiff, RewrittenDiff
from contentvc.cli.counts import counts_json
from contentvc.cli.diff_items import change_json
from contentvc.cli.documents import Json
from contentvc.cli.values import value_json
from contentvc.formats.changes import (
    BinaryChanges,
    ColumnChange,
    Duplicate,
    KeyChoice,
    RecordChange,
    RecordChanges,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.counts import counts_of
from contentvc.formats.items import Keyed, item_name

__all__ = ["counted_json", "terms_json"]


def counted_json(difference: ContentDiff) -> dict[str, Json]:
    """What kind of changes they are, and how many."""
    if isinstance(difference, PurgedDiff):
        return {"kind": "purged"}
    if isinstance(difference, RewrittenDiff):
        return {"kind": "rewritten"}
    if isinstance(difference, TextChanges):
        return {"kind": "text", "counts": _lines_json(difference)}
    if isinstance(difference, BinaryChanges):
        return {"kind": "binary", "counts": {"ranges": len(difference.ranges)}}
    kind = "records" if isinstance(difference, RecordChanges) else "values"
    return {"kind": kind, "counts": counts_json(counts_of(difference))}


def terms_json(difference: ContentDiff) -> dict[str, Json]:
    """The same with each change; lines and byte ranges are only counted."""
    counted = counted_json(difference)
    if isinstance(difference, StructuredChanges):
        text = difference.text
        return {
            **counted,
            "changes": [change_json(change) for change in difference.changes],
            "text": None if text is None else _lines_json(text),
        }
    if isinstance(difference, RecordChanges):
        return {
            **counted,
            "key": _choice_json(difference.key),
            "columns": [_column_json(column) for column in difference.columns],
            "duplicates": [_duplicate_json(one) for one in difference.duplicates],
            "records": [_record_json(record) for record in difference.records],
        }
    return counted


def _lines_json(difference: TextChanges) -> dict[str, Json]:
    return {"added": difference.added, "removed": difference.removed}


def _choice_json(key: KeyChoice) -> Json:
    return {"fields": list(key.fields), "inferred": key.inferred}


def _column_json(column: ColumnChange) -> Json:
    return {
        "kind": column.kind.value,
        "old": column.old,
        "new": column.new,
        "old_type": column.old_type,
        "new_type": column.new_type,
        "place": column.place,
    }


def _duplicate_json(one: Duplicate) -> Json:
    return {"item": _name(one.key), "side": one.side, "lines": list(one.lines)}


def _record_json(record: RecordChange) -> Json:
    return {
        "item": _name(record.key),
        "kind": record.kind.value,
        "old_line": record.old_line,
        "new_line": record.new_line,
        "fields": [change_json(field) for field in record.fields],
        "old": value_json(record.old),
        "new": value_json(record.new),
    }


def _name(key: Keyed | None) -> str | None:
    """As `cat` and `resolve` take it; None where records have no key."""
    return None if key is None else item_name((key,))
