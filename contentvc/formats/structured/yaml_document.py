"""YAML documents: what the parser found, as nodes."""

from collections.abc import Iterator

from contentvc.formats.items import Value
from contentvc.formats.problems import Problem
from contentvc.formats.structured.nodes import Document, Node
from contentvc.formats.structured.yaml_text import Part, parts

__all__ = ["YamlText"]


class YamlText:
    """The language of ``.yaml`` files."""

    name = "yaml"

    def read(self, text: str) -> Document:
        """The document; of several, a list of them. `text` may begin with a byte-order mark.

        Raises:
            Unfit: it is malformed, or beyond a limit.
        """
        roots = parts(text)
        if len(roots) == 1:
            return _document(text, roots[0])
        values: list[Value] = [one.value for one in roots]
        return Document("", Node(text, 0, len(text), values or None), "")

    def warnings(self, text: str) -> Iterator[Problem]:
        """Nothing is read that is no YAML."""
        yield from ()


def _document(text: str, root: Part) -> Document:
    return Document("", Node(text, 0, len(text), root.value), "")
