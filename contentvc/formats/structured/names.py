"""Names: which files are documents, and in which language."""

import re
from typing import Final

__all__ = ["is_json", "is_markdown", "is_toml", "is_yaml"]

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


def is_markdown(path: bytes) -> bool:
    """By its name."""
    return _name(path).endswith((b".md", b".markdown", b".mdx", b".qmd", b".rmd"))


def _name(path: bytes) -> bytes:
    return path.rpartition(b"/")[2].lower()
