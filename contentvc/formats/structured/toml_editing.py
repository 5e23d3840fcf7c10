"""Editing TOML: its own text, changed statement by statement so that it says something else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from contentvc.formats.fields import is_same
from contentvc.formats.items import Path, Value
from contentvc.formats.problems import Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.structured.rewriting import Rewriting, Writes
from contentvc.formats.structured.toml_elements import Placed, arranged, found
from contentvc.formats.structured.toml_nodes import parsed, value_node
from contentvc.formats.structured.toml_text import Section, Statement
from contentvc.formats.structured.toml_writing import inline, name

__all__ = ["TomlEditing"]


@dataclass(frozen=True, slots=True)
class TomlEditing:
    """One change of a document. What comes of it is read again by whoever asks for it."""

    source: str
    sections: Sequence[Section]
    old: Value
    target: dict[str, Value]
    language: Writes
    rules: Rules
    anew: frozenset[str] = frozenset()
    """Keys at the top that are written as one statement, whatever they were."""

    def text(self) -> str | None:
        """The document with the new value; None where it cannot be."""
        text = self._text()
        if self.anew:
            return text
        try:
            made = parsed(text.removeprefix("\ufeff"))
        except Unfit:
            made = {}
        wrong = [
            key
            for key, one in self.target.items()
            if key not in made or not is_same(made[key], one)
        ]
        return replace(self, anew=frozenset(wrong)).text() if wrong else text

    def _text(self) -> str:
        told: set[Path] = set()
        pieces = [self.source[: self.sections[0].begin]]
        for one in arranged(self.sections, self.old, self.target, self.rules):
            is_kept = not one.new or one.new[0] not in self.anew
            if is_kept and isinstance(found(self.target, one.new), dict):
                made = self._element(one) if one.section is None else self._section(one, told)
                pieces += _ended(pieces) + list(made)
        pieces.append(self.source[self.sections[-1].end :])
        return "".join(pieces)

    def _section(self, placed: Placed, told: set[Path]) -> Iterator[str]:
        section, path = placed.section, placed.new
        assert section is not None  # noqa: S101 - its caller looked
        yield self.source[section.begin : section.head_end]
        kept = list(filter(None, [self._statement(path, one) for one in section.statements]))
        tables = [(), *_dotted(section.statements)]
        new = [line for table in tables for line in self._new(placed, table, told)]
        if new and (kept or section.keys):
            last = kept[-1] if kept else self.source[section.begin : section.head_end]
            yield from kept
            yield "" if last.endswith("\n") else "\n"
        else:
            yield from kept
        yield from new

    def _statement(self, path: Path, one: Statement) -> str:
        new = found(self.target, (*path, *one.keys))
        if new is None or (*path, *one.keys)[0] in self.anew:
            return ""
        node = value_node(self.source, one.value, one.value_end)
        made = Rewriting(self.language, self.rules).rewritten(node, new)
        value = inline(new) if made is None else made.text
        return self.source[one.begin : one.value] + value + self.source[one.value_end : one.end]

    def _new(self, placed: Placed, inner: Path, told: set[Path]) -> Iterator[str]:
        """Statements for keys that a table did not have."""
        table = (*placed.new, *inner)
        old, new = found(self.old, (*placed.old, *inner)), found(self.target, table)
        if table in told or not isinstance(old, dict) or not isinstance(new, dict):
            return
        told.add(table)
        for key, value in new.items():
            if key not in old or (not table and key in self.anew):
                keys = [*inner, key]
                yield f"{'.'.join(name(str(one)) for one in keys)} = {inline(value)}\n"

    def _element(self, placed: Placed) -> Iterator[str]:
        """An element that came to a list of tables."""
        yield f"\n[[{'.'.join(name(one) for one in placed.new if isinstance(one, str))}]]\n"
        value = found(self.target, placed.new)
        if isinstance(value, dict):
            yield from (f"{name(key)} = {inline(one)}\n" for key, one in value.items())


def _ended(pieces: Sequence[str]) -> list[str]:
    """A line end, where the text so far has none."""
    last = next((one for one in reversed(pieces) if one), "\n")
    return [] if last.endswith(("\n", "\ufeff")) else ["\n"]


def _dotted(statements: Sequence[Statement]) -> Iterator[Path]:
    """The tables that dotted keys make."""
    for one in statements:
        for length in range(1, len(one.keys)):
            yield one.keys[:length]
