"""The merge of documents: what the values decide, in the versions' own text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from contentvc.formats.contract import Favour, ItemConflict, Labels, Merged
from contentvc.formats.items import Path, Value, item_name
from contentvc.formats.problems import Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.structured.language import Language, decoded, encoded, says
from contentvc.formats.structured.merging import Walk, not_sure, pick, same_text, same_value
from contentvc.formats.structured.nodes import Document, plain
from contentvc.formats.text_merge import merge_text

__all__ = ["Versions", "merged_documents"]

_LABELS = Labels("", "", "")


@dataclass(frozen=True, slots=True)
class Versions:
    """The files that meet."""

    base: bytes | None
    ours: bytes
    theirs: bytes


@dataclass(frozen=True, slots=True)
class _Documents:
    base: Document | None
    ours: Document
    theirs: Document

    @property
    def all(self) -> Sequence[Document | None]:
        return (self.base, self.ours, self.theirs)


def merged_documents(
    language: Language,
    read: Callable[[bytes], Document],
    versions: Versions,
    favour: Favour | None,
    rules: Rules,
) -> Merged:
    """The merge: by line where that says what the values' merge says, else piece by piece.

    Raises:
        Unfit: a version is malformed, they are of different kinds, or the pieces do not say
            what the values do.
    """
    base = None if versions.base is None else read(versions.base)
    documents = _Documents(base, read(versions.ours), read(versions.theirs))
    values = [one.root.value for one in documents.all if one is not None]
    if len(set(map(type, values))) > 1 or not isinstance(values[0], dict | list):
        raise not_sure("the versions are different kinds of documents")
    walk = Walk(rules, favour, same_value)
    value = _merged_value(walk, documents)
    if () in walk.conflicts:
        raise not_sure("both sides changed it as a whole")
    if not walk.conflicts:
        by_line = merge_text(versions.base, versions.ours, versions.theirs, _LABELS, None)
        if not by_line.conflicts and says(language, decoded(by_line.content), value):
            return Merged(by_line.content)
    text = _spliced(language, documents, value, favour, rules)
    if text is not None:
        conflicts = tuple(_conflicts(language, documents, walk.conflicts))
        return Merged(encoded(text), conflicts)
    if not walk.conflicts:
        raise not_sure("the pieces do not give what the values say")
    return _in_place(language, documents, versions, value, walk.conflicts, rules)


def _in_place(
    language: Language,
    documents: _Documents,
    versions: Versions,
    value: Value,
    paths: Sequence[Path],
    rules: Rules,
) -> Merged:
    """Ours, made to say what the merge says; left to be decided as a whole where that fails."""
    text = language.rewritten(documents.ours, value, rules)
    if text is None or not says(language, text, value):
        whole = ItemConflict("file", versions.base, versions.ours, versions.theirs)
        return Merged(versions.ours, (whole,))
    return Merged(encoded(text), tuple(_conflicts(language, documents, paths)))


def _merged_value(walk: Walk, documents: _Documents) -> Value:
    ours, theirs = plain(documents.ours.root.value), plain(documents.theirs.root.value)
    nothing: Value = {} if isinstance(ours.value, dict) else []
    base = plain(nothing if documents.base is None else documents.base.root.value)
    return walk.merged(base, ours, theirs, ()).value


def _spliced(
    language: Language, documents: _Documents, value: Value, favour: Favour | None, rules: Rules
) -> str | None:
    """The versions' own text, put together; None where that does not say what it should."""
    base, ours, theirs = documents.base, documents.ours, documents.theirs
    if base is None:
        return None
    try:
        root = Walk(rules, favour, same_text).merged(base.root, ours.root, theirs.root, ())
        before = pick(base.before, ours.before, theirs.before)
        text = before + root.text + pick(base.after, ours.after, theirs.after)
    except Unfit:
        return None
    return text if says(language, text, value) else None


def _conflicts(
    language: Language, documents: _Documents, paths: Sequence[Path]
) -> Iterator[ItemConflict]:
    for path in paths:
        raws = [None if one is None else language.raw(one, path) for one in documents.all]
        base, ours, theirs = (None if raw is None else encoded(raw) for raw in raws)
        yield ItemConflict(item_name(path), base, ours, theirs, path)
