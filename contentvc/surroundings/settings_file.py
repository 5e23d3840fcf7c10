"""A file of settings: read as TOML, and changed by one line so that everything else stays.

A change is made to the text, and then the result is read again as TOML: only if it says exactly
what it said before but for that one setting is it written. Layouts that a change of one line
cannot serve (inline tables, values over several lines) are refused, not damaged.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contentvc import limits
from contentvc.errors import Usage
from contentvc.storage import disk
from contentvc.surroundings.plain import decoded

__all__ = ["read_settings", "remove_setting", "with_setting", "without_setting", "write_setting"]

Path = str | bytes
_HEADER: Final = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_KEY: Final = re.compile(r"(\s*)([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
"""Lines as TOML has them; `str.splitlines` also ends lines where TOML does not."""
_MODE: Final = 0o666


def read_settings(path: Path) -> Mapping[str, object]:
    """What a file sets, by dotted name; nothing when there is no file.

    Raises:
        Usage: it is no TOML, too large, or no file.
        NotAllowed, Busy: it cannot be read.
    """
    text = _read(path)
    return _parsed(text, path) if text.strip() else {}


def write_setting(path: Path, name: str, value: str | bool) -> None:
    """Set one setting; the file and its folder are made if need be.

    Raises:
        Usage: the file cannot be understood, or not changed by one line.
        NotAllowed, Busy: it cannot be written.
    """
    _change(path, with_setting(_read(path), name, value), {name: value})


def remove_setting(path: Path, name: str) -> bool:
    """Take one setting out; whether it was there.

    Raises:
        Usage, NotAllowed, Busy: as `write_setting`.
    """
    text = _read(path)
    if name not in _parsed(text, path):
        return False
    _change(path, without_setting(text, name), {name: None})
    return True


def with_setting(text: str, name: str, value: str | bool) -> str:
    """The text with a line that sets `name`: the old one changed, or a new one in its section."""
    section, _, key = name.rpartition(".")
    lines = _LINE.findall(text)
    written = _written(value)
    for number, full, prefix in _keys(lines):
        if full == name:
            lines[number] = f"{prefix}= {written}{_comment(lines[number])}\n"
            return "".join(lines)
    place = _end_of_section(lines, section)
    if place is None:
        blank = "\n" if lines else ""
        return f"{_whole(''.join(lines))}{blank}[{section}]\n{key} = {written}\n"
    lines[:place] = [_whole("".join(lines[:place]))]
    return "".join([lines[0], f"{key} = {written}\n", *lines[1:]])


def without_setting(text: str, name: str) -> str:
    """The text without the line that sets `name`."""
    lines = _LINE.findall(text)
    gone = {number for number, full, _ in _keys(lines) if full == name}
    return "".join(line for number, line in enumerate(lines) if number not in gone)


def _written(value: str | bool) -> str:
    """A value in TOML, whose strings are those of JSON but for one control character."""
    import json

    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _keys(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Lines that set something: number, dotted name, and the text before the equals sign."""
    section = ""
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            section = _dotted(header[1]) + "."
        elif key := _KEY.match(line):
            yield number, section + _dotted(key[2]), key[0][:-1]


def _end_of_section(lines: list[str], section: str) -> int | None:
    """Where a new line of a section belongs: after its last one that is not blank."""
    place, inside = None, False
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            inside = _dotted(header[1]) == section
        if inside and line.strip():
            place = number + 1
    return place


def _comment(line: str) -> str:
    """The comment at the end of a line ``key = value # comment``, with the blanks before it."""
    import tomllib

    for position in (index for index, character in enumerate(line) if character == "#"):
        try:
            tomllib.loads(line[:position])
        except tomllib.TOMLDecodeError:
            continue
        before = line[:position]
        return before[len(before.rstrip()) :] + line[position:].rstrip("\r\n")
    return ""


def _dotted(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))


def _whole(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _read(path: Path) -> str:
    try:
        # Without O_NONBLOCK, opening a fifo in somebody's repository would wait for ever.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise _bad(path, "is not a file")
        with os.fdopen(fd, "rb", closefd=False) as file:
            content = file.read(limits.SETTINGS_BYTES + 1)
    finally:
        os.close(fd)
    if len(content) > limits.SETTINGS_BYTES:
        raise _bad(path, f"is larger than {limits.SETTINGS_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _bad(path, "is not UTF-8") from error


def _parsed(text: str, path: Path) -> Mapping[str, object]:
    import tomllib

    if any(line.count(".") > limits.SETTINGS_DOTS for line in _LINE.findall(text)):
        raise _bad(path, f"has a line with more than {limits.SETTINGS_DOTS} dots")
    try:
        return dict(_flat(tomllib.loads(text), ""))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad(path, f"is not TOML: {error}") from error


def _flat(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _change(path: Path, text: str, change: Mapping[str, str | bool | None]) -> None:
    """Write the new text, after a check that it says what was said before but for the change."""
    expected = {**read_settings(path), **change}
    wanted = {name: value for name, value in expected.items() if value is not None}
    try:
        found = _parsed(text, path)
    except Usage:
        found = None
    if found != wanted:
        raise _bad(path, "is laid out in a way that cannot be changed by one line")
    target = os.path.realpath(path)  # dotfiles are often symlinks into a folder that is kept
    try:
        disk.make_folders(os.path.dirname(target))
        _replace(target, text.encode())
    except OSError as error:
        raise disk.explain(error, "write", path) from error


def _replace(target: Path, content: bytes) -> None:
    """Replace the file durably with one of the same permissions."""
    folder = os.path.dirname(os.fsdecode(target))
    temporary = os.path.join(folder, disk.temporary_name())
    fd = disk.create_file(temporary, mode=_mode(target))
    try:
        try:
            disk.write_all(fd, content)
            disk.fsync_file(fd)
        finally:
            disk.close(fd)
        disk.rename(temporary, os.fsdecode(target))
    except BaseException:
        disk.remove_if_there(temporary)
        raise
    disk.fsync_folder(folder)


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return _MODE


def _bad(path: Path, what: str) -> Usage:
    return Usage("bad-value", f"{decoded(path)} {what}", "correct the file with an editor")
