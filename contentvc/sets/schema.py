"""Schema: a JSON Schema of the tree, compiled to be asked about documents and records.

References lead to other files of the same tree and to nothing else: not to the network, not to
the disk. A relative one counts from the file it stands in, or from the schema's own ``$id``.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NoReturn
from urllib.parse import quote_from_bytes, unquote_to_bytes, urljoin, urlsplit

import jsonschema_rs

from contentvc import limits
from contentvc.errors import ContentvcError, Declined
from contentvc.formats.items import Path, Tagged, Value
from contentvc.formats.problems import Check
from contentvc.ids import ObjectId, blob_id
from contentvc.sets.names import SCHEMA_SUFFIX
from contentvc.sets.schema_steps import TooManySteps, grows, steps

__all__ = ["ReadFile", "Schema", "compile_schema"]

ReadFile = Callable[[bytes], bytes | None]
"""The content of a file of the tree by its path from the root; None where there is none. Not
called for a path with an empty name, ``.`` or ``..``."""

_ROOT: Final = "tree:///"
_ENDS: Final = (b"", b".", b"..")
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=limits.SCHEMA_BACKTRACKS, size_limit=limits.SCHEMA_PATTERN
)
_ABOUT: Final = re.compile(r"\n\nFailed validating.*", re.DOTALL)
"""What the library adds to a message: a second way to say where."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A compiled schema."""

    check: Check
    files: Mapping[bytes, ObjectId]
    """What it was made of: the blob id of each schema file by its path."""


def compile_schema(path: bytes, read: ReadFile) -> Schema:
    """The schema in a file of the tree; its draft is what ``$schema`` says, or else 2020-12.

    Raises:
        Declined: it is missing, is no JSON, breaks the rules of its draft or a limit, or a
            reference leads to nothing in the tree (``bad-schema``). The details name the file
            (``path``), the reason and, of malformed JSON, line and column.
    """
    files = _Files(path, read)
    root = files.load(path)
    files.adopt(root)
    try:
        validator = jsonschema_rs.validator_for(
            root,
            base_uri=_uri(path),
            retriever=files.retrieve,
            pattern_options=_PATTERNS,
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        if files.refusal is not None:
            raise files.refusal from None
        raise _refused(path, _reason(error)) from None
    return Schema(_Check(validator, tells_where=files.are_plain()), dict(files.ids))


class _Check:
    """Asks first whether a value fits, and only of one that does not, where it breaks."""

    def __init__(self, validator: jsonschema_rs.Validator, *, tells_where: bool) -> None:
        self._validator = validator
        self._tells_where = tells_where
        self._is_valid = validator.is_valid

    def __call__(self, value: Value) -> list[tuple[Path, str]]:
        try:
            if self._is_valid(value):
                return []
            return self._broken(value)
        except ValueError:
            return self._plainly(value)

    def _plainly(self, value: Value) -> list[tuple[Path, str]]:
        """Of what JSON has no word for, its writing is checked."""
        try:
            return self._broken(_plain(value))
        except ValueError as error:
            return [((), f"it cannot be compared with a schema: {error}")]

    def _broken(self, value: Any) -> list[tuple[Path, str]]:
        if not self._tells_where:
            return [] if self._is_valid(value) else [((), "it does not fit the schema")]
        errors = islice(self._validator.iter_errors(value), limits.SCHEMA_ERRORS)
        return [(tuple(error.instance_path), _shortened(error.message)) for error in errors]


class _Files:
    """The files of the tree that a schema is made of."""

    def __init__(self, path: bytes, read: ReadFile) -> None:
        self._path = path
        self._read = read
        self._bytes = 0
        self._homes = {_ROOT: b""}
        """Folders of the tree by the beginnings of URIs that mean them."""
        self._documents: dict[str, Any] = {}
        self.ids: dict[bytes, ObjectId] = {}
        self.refusal: ContentvcError | None = None
        """Why a reference was not followed: the library tells it in its own words."""

    def adopt(self, root: Any) -> None:
        """Take the folder of the schema's ``$id`` for the one that the schema is in."""
        own = root.get("$id", root.get("id")) if isinstance(root, dict) else None
        if isinstance(own, str) and urlsplit(own).scheme:
            folder, slash, _ = self._path.rpartition(b"/")
            self._homes[urljoin(own, ".")] = folder + slash

    def retrieve(self, uri: str) -> Any:
        """What a reference leads to, for the library."""
        try:
            document = self.load(self._found(uri))
        except ContentvcError as error:
            self.refusal = error
            raise ValueError(error.message) from None
        self._documents[_joinable(uri)] = document
        return document

    def load(self, path: bytes) -> Any:
        """The document in a file of the tree."""
        if not path.endswith(SCHEMA_SUFFIX):
            raise _refused(path, f"its name does not end with {SCHEMA_SUFFIX.decode()}")
        content = self._read(path)
        if content is None:
            raise _refused(path, "there is no such file in this version")
        self._bytes += len(content)
        if self._bytes > limits.SCHEMA_BYTES:
            raise _refused(path, f"schemas have more than {limits.SCHEMA_BYTES:,} bytes")
        if len(self.ids) >= limits.SCHEMA_FILES:
            raise _refused(path, f"a schema is made of more than {limits.SCHEMA_FILES} files")
        self.ids[path] = blob_id(content)
        document = _parsed(path, content)
        self._documents[_joinable(_uri(path))] = document
        return document

    def are_plain(self) -> bool:
        """Whether it can be told where a value breaks the schema, which could take ages.

        Raises:
            Declined: even whether a value fits would.
        """
        start = _joinable(_uri(self._path))
        try:
            steps(self._documents, start)
        except TooManySteps:
            reason = f"a value takes more than {limits.SCHEMA_STEPS:,} steps, or it refers too far"
            raise _refused(self._path, reason) from None
        return not grows(self._documents, start)

    def _found(self, uri: str) -> bytes:
        for home, folder in self._homes.items():
            if uri.startswith(home):
                path = folder + unquote_to_bytes(uri[len(home) :])
                if not any(name in _ENDS for name in path.split(b"/")) and b"\0" not in path:
                    return path
        shown = uri.removeprefix(_ROOT)
        raise _refused(self._path, f"the reference {shown!r} does not lead to a file of the tree")


def _parsed(path: bytes, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        reason = f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise _refused(path, reason, error.lineno, error.colno) from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused(path, "it is not UTF-8", line) from None
    except RecursionError:
        raise _refused(path, "it is nested too deeply") from None
    except ValueError as error:
        raise _refused(path, f"it is not JSON: {error}") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"there is no {word} in it")


def _plain(value: Value) -> Value:
    if isinstance(value, Tagged):
        return _plain(value.value)
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value


def _uri(path: bytes) -> str:
    return _ROOT + quote_from_bytes(path)


def _joinable(uri: str) -> str:
    """A URI that references can be joined to: Python knows how only for some schemes."""
    return "http:" + uri.removeprefix("tree:") if uri.startswith(_ROOT) else uri


def _reason(error: Exception) -> str:
    if isinstance(error, jsonschema_rs.ValidationError):
        where = "/".join(map(str, error.instance_path))
        told = _shortened(error.message)
        return f"{where}: {told}" if where else told
    return _shortened(str(error))


def _shortened(message: str) -> str:
    """One line of a length that people read: the library quotes the whole value."""
    told = " ".join(_ABOUT.sub("", message[: 10 * limits.PROBLEM_WORDS]).split())
    if len(told) <= limits.PROBLEM_WORDS:
        return told
    half = limits.PROBLEM_WORDS // 2
    end = " ".join(message[-half:].split())
    return f"{told[:half]}…{end}"


def _refused(path: bytes, reason: str, line: int = 1, column: int = 1) -> Declined:
    shown = path.decode("utf-8", "replace")
    return Declined(
        "bad-schema",
        f"{shown}:{line}:{column}: {reason}",
        "what a schema can be: docs/reference/contentvc-toml.md",
        path=shown,
        reason=reason,
        line=line,
        column=column,
    )
