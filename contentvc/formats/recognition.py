"""Recognition: which format a file is likely to have, by its name and its first bytes.

Cheap, and apart from the formats themselves: of these most commands need one or two.
"""

import re
from collections.abc import Callable
from typing import Final

from contentvc.formats.text import is_text

__all__ = [
    "Recognises",
    "is_any",
    "is_csv",
    "is_front_matter",
    "is_json",
    "is_jsonl",
    "is_parquet",
    "is_plain",
    "is_toml",
    "is_tsv",
    "is_yaml",
]

Recognises = Callable[[bytes, bytes], bool]
"""Whether a file of this path and these first bytes is likely to be one."""


_JSON: Final = (
    b".json",
    b".jsonschema",
    b".geojson",
    b".ipynb",
    b".webmanifest",
    b".jsonld",
    b".avsc",
)
_YAML: Final = (b".yaml", b".yml", b".cff")
_TOML: Final = (b".toml",)
_MARKDOWN: Final = (b".md", b".markdown", b".mdx", b".qmd", b".rmd")
_NAMED_JSON: Final = frozenset({b".babelrc", b".eslintrc", b"composer.lock", b".prettierrc"})
_NAMED_YAML: Final = frozenset({b".clang-format", b".clang-tidy", b".yamllint"})
_NAMED_TOML: Final = frozenset({b"pipfile", b"cargo.lock", b"poetry.lock", b"uv.lock"})
_BEGINS_JSON: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*(?:"|\})|\[\s*(?:[\[{"\]]|-?\d))')
_RECORDS: Final = re.compile(rb"[\]}]\s*\n\s*[\[{]")
"""Where one line's document ends and the next one begins."""


def is_json(path: bytes, head: bytes) -> bool:
    """By its name or, where that says nothing, by how it begins."""
    name = _name(path)
    if name.endswith(_JSON) or name in _NAMED_JSON:
        return True
    if b"." in name.lstrip(b"."):
        return False
    found = _BEGINS_JSON.match(head)
    return found is not None and not _RECORDS.search(head)


def is_yaml(path: bytes, _head: bytes) -> bool:
    """By its name."""
    name = _name(path)
    # Templates that other files include are called so in many evaluation suites.
    return name.endswith((*_YAML, b"_yaml")) or name in _NAMED_YAML


def is_toml(path: bytes, _head: bytes) -> bool:
    """By its name."""
    name = _name(path)
    return name.endswith(_TOML) or name in _NAMED_TOML


def is_front_matter(path: bytes, head: bytes) -> bool:
    """Markdown by its name, that begins with dashes."""
    is_markdown = _name(path).endswith(_MARKDOWN)
    return is_markdown and head.removeprefix(b"\xef\xbb\xbf").startswith((b"---\n", b"---\r\n"))


def is_jsonl(path: bytes, _head: bytes) -> bool:
    """By its name."""
    return _name(path).endswith((b".jsonl", b".ndjson"))


def is_csv(path: bytes, _head: bytes) -> bool:
    """By its name."""
    return _name(path).endswith(b".csv")


def is_tsv(path: bytes, _head: bytes) -> bool:
    """By its name."""
    return _name(path).endswith((b".tsv", b".tab"))


def is_parquet(_path: bytes, head: bytes) -> bool:
    """By how it begins."""
    return head.startswith(b"PAR1")


def is_plain(_path: bytes, head: bytes) -> bool:
    """By how it begins."""
    return is_text(head)


def is_any(_path: bytes, _head: bytes) -> bool:
    """Every file."""
    return True


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2].lower()
