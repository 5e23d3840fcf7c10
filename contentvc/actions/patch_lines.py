"""Changes as lines of JSON, read back: what `diff --as jsonl` writes."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, NoReturn, TypeAlias

from contentvc.actions.patches import FilePatch, checked_path
from contentvc.errors import Usage
from contentvc.formats.changes import (
    Changes,
    ColumnChange,
    ColumnKind,
    ItemChange,
    ItemKind,
    KeyChoice,
    RecordChange,
    RecordChanges,
    RecordCounts,
    StructuredChanges,
    TextChanges,
)
from contentvc.formats.exchange import NotJson, load_value
from contentvc.formats.items import Keyed, Path, Value, parse_item
from contentvc.formats.text import Hunk, Line, Mark
from contentvc.ids import ID_BYTES, ObjectId
from contentvc.snapshots.tree import Mode

__all__ = ["read_lines"]

_SCHEMA: Final = 1
_MARKS: Final = {" ": Mark.SAME, "-": Mark.REMOVED, "+": Mark.ADDED}
_MODES: Final = {"file": Mode.FILE, "executable": Mode.EXECUTABLE, "symlink": Mode.SYMLINK}
_ENCODINGS: Final = frozenset({"utf-8", "utf-16-le", "utf-16-be"})
_Members: TypeAlias = dict[str, Value]


def read_lines(content: bytes) -> list[FilePatch]:
    """The patches, in their order.

    Raises:
        Usage: a line is not as it should be, naming it (``bad-value``).
    """
    files: list[_File] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            _note(files, load_value(line), number)
        except (NotJson, Usage) as error:
            raise Usage(
                getattr(error, "code", "bad-value"), f"line {number} of the changes: {error}"
            ) from error
    return [file.patch() for file in files]


@dataclass(slots=True)
class _File:
    """What the lines say of one file so far."""

    head: _Members
    path: bytes
    hunks: list[Hunk] = field(default_factory=list)
    encodings: tuple[str, str] = ("utf-8", "utf-8")
    is_of_body: bool = False
    """The hunks count lines from where the front matter ends."""
    items: list[ItemChange] = field(default_factory=list)
    records: list[RecordChange] = field(default_factory=list)
    columns: list[ColumnChange] = field(default_factory=list)

    def patch(self) -> FilePatch:
        """All of it."""
        old, new = _side(self.head, "old"), _side(self.head, "new")
        form = self.head.get("format")
        patch = FilePatch(
            self.path,
            edit=self._edit() if new is not None else None,
            old_path=_path(self.head, "old_path") if "old_path" in self.head else None,
            is_added=old is None,
            is_deleted=new is None,
            format=form if isinstance(form, str) else None,
        )
        if old is not None:
            patch = replace(patch, old_id=_id(old))
        if new is not None:
            patch = replace(patch, new_id=_id(new), mode=_mode(new))
        return patch

    def _edit(self) -> Changes | None:
        text = TextChanges(tuple(self.hunks), *self.encodings) if self.hunks else None
        if "key" in self.head:
            return self._of_records()
        if self.items or self.is_of_body:
            return StructuredChanges(tuple(self.items), text)
        return text

    def _of_records(self) -> RecordChanges:
        fields = self.head["key"]
        if not isinstance(fields, list):
            _refuse("key is no list of fields")
        names = tuple(one for one in fields if isinstance(one, str))
        kinds = [record.kind for record in self.records]
        counts = RecordCounts(
            kinds.count(ItemKind.ADDED),
            kinds.count(ItemKind.DELETED),
            kinds.count(ItemKind.CHANGED),
            kinds.count(ItemKind.MOVED),
            sum(len(record.fields) for record in self.records),
        )
        key = KeyChoice(names, inferred=self.head.get("key_inferred") is True)
        return RecordChanges(key, tuple(self.columns), tuple(self.records), counts)


def _note(files: list[_File], line: Value, number: int) -> None:
    if not isinstance(line, dict) or not isinstance(line.get("type"), str):
        _refuse("it is no change")
    kind = line["type"]
    if number == 1:
        if kind != "diff" or line.get("schema") != _SCHEMA:
            _refuse(f"these are no changes of schema {_SCHEMA}")
        return
    path = _path(line, "path")
    if kind == "file":
        files.append(_File(line, path))
        return
    if not files or files[-1].path != path:
        _refuse("it is of a file that no line before it is of")
    read = _READERS.get(str(kind))
    if read is not None:  # others tell what is not needed here, or what later versions tell
        read(files[-1], line)


def _read_hunk(file: _File, line: _Members) -> None:
    encodings = line.get("encodings", list(file.encodings))
    if (
        not isinstance(encodings, list)
        or len(encodings) != 2
        or not _ENCODINGS.issuperset(one for one in encodings if isinstance(one, str))
    ):
        _refuse("it has encodings that text has not")
    file.encodings = str(encodings[0]), str(encodings[1])
    file.is_of_body |= line.get("part") == "body"
    lines = line.get("lines")
    if not isinstance(lines, list):
        _refuse("it has no lines")
    told = tuple(_text_line(one, file.encodings) for one in lines)
    starts = [_number(line, name) - 1 for name in ("old_start", "new_start")]
    file.hunks.append(Hunk(starts[0], starts[1], told))


def _number(line: _Members, name: str, least: int = 1) -> int:
    found = line.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < least:
        _refuse(f"{name} is no place")
    return found


def _text_line(given: Value, encodings: tuple[str, str]) -> Line:
    if not isinstance(given, list) or len(given) != 2 or given[0] not in (" ", "-", "+"):
        _refuse("a line of text is a sign and a text")
    mark, text = _MARKS[str(given[0])], given[1]
    if isinstance(text, dict):
        return Line(mark, _base64(text.get("base64")))
    if not isinstance(text, str):
        _refuse("a line of text is a sign and a text")
    try:
        return Line(mark, text.encode(encodings[0 if mark is Mark.REMOVED else 1]))
    except UnicodeEncodeError:
        _refuse("a line of text has what its encoding has not")


def _read_item(file: _File, line: _Members) -> None:
    file.items.append(_item(line))


def _item(line: _Members) -> ItemChange:
    kind = _kind(line)
    old, new = line.get("old"), line.get("new")
    wanted = {ItemKind.CHANGED: ("old", "new"), ItemKind.ADDED: ("new",),
              ItemKind.DELETED: ("old",), ItemKind.MOVED: ()}[kind]  # fmt: skip
    if any(name not in line for name in wanted):
        _refuse(f"what is {kind.value} has {' and '.join(wanted)}")
    source = _steps(line, "source") if "source" in line else None
    return ItemChange(_steps(line, "item"), kind, old, new, source)


def _steps(line: _Members, name: str) -> Path:
    found = line.get(name)
    if not isinstance(found, str):
        _refuse(f"{name} is no place in a document")
    return parse_item(found)


def _kind(line: _Members) -> ItemKind:
    try:
        return ItemKind(str(line.get("kind")))
    except ValueError:
        _refuse("it has no kind of change")


def _read_record(file: _File, line: _Members) -> None:
    kind = _kind(line)
    key = _steps(line, "item")[0] if "item" in line else None
    if key is not None and not isinstance(key, Keyed):
        _refuse("item is no key of a record")
    fields = line.get("fields", [])
    if not isinstance(fields, list) or not all(isinstance(one, dict) for one in fields):
        _refuse("fields is no list of changes")
    file.records.append(
        RecordChange(
            kind,
            key,
            _number(line, "old_line") if "old_line" in line else None,
            _number(line, "new_line") if "new_line" in line else None,
            tuple(_item(one) for one in fields if isinstance(one, dict)),
            line.get("old"),
            line.get("new"),
            place=_number(line, "place", 0) if "place" in line else None,
        )
    )


def _read_column(file: _File, line: _Members) -> None:
    def name(key: str) -> str | None:
        found = line.get(key)
        if found is not None and not isinstance(found, str):
            _refuse(f"{key} is no name")
        return found

    try:
        kind = ColumnKind(str(line.get("kind")))
    except ValueError:
        _refuse("it has no kind of change")
    types = name("old_type"), name("new_type")
    place = _number(line, "place", 0) if "place" in line else None
    cells = line.get("cells", [])
    if not isinstance(cells, list):
        _refuse("cells is no list")
    file.columns.append(ColumnChange(kind, name("old"), name("new"), *types, place, cells))


_READERS: Final[dict[str, Callable[[_File, _Members], None]]] = {
    "lines": _read_hunk,
    "item": _read_item,
    "record": _read_record,
    "column": _read_column,
}


def _path(line: _Members, name: str) -> bytes:
    exact, shown = line.get(f"{name}_bytes"), line.get(name)
    if exact is not None:
        return checked_path(_base64(exact))
    if not isinstance(shown, str):
        _refuse(f"it has no {name}")
    try:
        return checked_path(shown.encode())
    except UnicodeEncodeError:
        _refuse(f"{name} is not valid text")


def _side(head: _Members, name: str) -> _Members | None:
    found = head.get(name)
    if found is not None and not isinstance(found, dict):
        raise Usage("bad-value", f"{name} of a file is no version of it")
    return found


def _id(side: _Members) -> ObjectId | None:
    digits = side.get("id")
    if digits is None:
        return None
    try:
        found = bytes.fromhex(str(digits))
    except ValueError:
        found = b""
    if len(found) != ID_BYTES:
        raise Usage("bad-value", "the id of a version is none")
    return ObjectId(found)


def _mode(side: _Members) -> Mode:
    mode = _MODES.get(str(side.get("mode")))
    if mode is None:
        raise Usage("bad-value", "the mode of a version is none that a file has")
    return mode


def _base64(text: Value) -> bytes:
    try:
        return b64decode(text if isinstance(text, str) else "!", validate=True)
    except (NotBase64, ValueError):
        _refuse("what should be base64 is not")


def _refuse(reason: str) -> NoReturn:
    raise Usage("bad-value", reason)
