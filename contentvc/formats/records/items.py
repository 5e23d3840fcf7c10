"""Items of a file of records: finding a record by its key or its place, and a field in it."""

from collections.abc import Callable, Sequence

from contentvc.formats.items import Keyed, Path, Step, Value
from contentvc.formats.records.dialect import Key, Sheet
from contentvc.formats.records.differ import fields_of
from contentvc.formats.records.jsonl import canonical
from contentvc.formats.records.keys import choose_key
from contentvc.formats.records.sheets import keys_of
from contentvc.formats.rules import Rules

__all__ = ["below", "key_fields", "places_of", "step_keys"]


def key_fields(sheet: Sheet, rules: Rules) -> tuple[str, ...]:
    """The fields of a file's key, declared or inferred; none if it has none."""
    choice, _ = choose_key(rules.key, fields_of(sheet), [lambda fields: keys_of(sheet, fields)])
    return choice.fields


def places_of(sheet: Sheet, step: Step, rules: Rules) -> list[int]:
    """The places of the records that a step names: by key, or, if none has it, by number from 0."""
    fields, meant = step_keys(step, lambda: key_fields(sheet, rules))
    if isinstance(step, Keyed) or len(fields) == 1:
        return _having(keys_of(sheet, fields), meant, sheet)
    if not fields and isinstance(step, int):
        return [step] if step < len(sheet.raws) else []
    return []


def step_keys(
    step: Step, fields_of_file: Callable[[], tuple[str, ...]]
) -> tuple[tuple[str, ...], list[Key]]:
    """The fields and the keys that a step may mean: a number, or the text of its digits."""
    if isinstance(step, Keyed):
        return step.fields, [step.values]
    meant: list[Key] = [(str(step),)] if isinstance(step, int) else []
    text = canonical(str(step))
    return fields_of_file(), [*meant, (text,)] if text else meant


def below(value: Value, path: Path) -> tuple[Value] | None:
    """What a path leads to in a record, in a tuple of its own; None where it leads nowhere."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str | int) and str(step) in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return (value,)


def _having(keys: Sequence[Key | None], meant: Sequence[Key], sheet: Sheet) -> list[int]:
    """Places of the first of these keys that any record has.

    A cell is text: there, a number that is meant is the text of its digits.
    """
    if sheet.dialect.columns is not None:
        meant = [tuple(_as_text(value) for value in key) for key in meant]
    for key in meant:
        found = [place for place, one in enumerate(keys) if one == key]
        if found:
            return found
    return []


def _as_text(value: str) -> str:
    return value if value.startswith('"') else (canonical(value) or value)
