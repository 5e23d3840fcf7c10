"""The formats of documents that there are."""

from typing import Final

from contentvc.formats.structured.format import DocumentFormat
from contentvc.formats.structured.front_matter import FrontMatterFormat
from contentvc.formats.structured.language import Language
from contentvc.formats.structured.names import is_json, is_toml, is_yaml

__all__ = ["DOCUMENTS"]

# Each is imported when the first such file is read: most commands read none.


def _json() -> Language:
    from contentvc.formats.structured.json_text import JsonText  # noqa: PLC0415

    return JsonText()


def _yaml() -> Language:
    from contentvc.formats.structured.yaml_document import YamlText  # noqa: PLC0415

    return YamlText()


def _toml() -> Language:
    from contentvc.formats.structured.toml_document import TomlText  # noqa: PLC0415

    return TomlText()


_YAML: Final = DocumentFormat("yaml", is_yaml, _yaml)

DOCUMENTS: Final = (
    DocumentFormat("json", is_json, _json),
    _YAML,
    DocumentFormat("toml", is_toml, _toml),
    FrontMatterFormat(_YAML),
)
