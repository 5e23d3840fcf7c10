"""The formats of documents that there are."""

from typing import Final

from contentvc.formats.structured.format import DocumentFormat
from contentvc.formats.structured.language import Language

__all__ = ["JSON", "TOML", "YAML"]

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


JSON: Final = DocumentFormat("json", _json)
YAML: Final = DocumentFormat("yaml", _yaml)
TOML: Final = DocumentFormat("toml", _toml)
