"""The merge of documents: what the values decide, in the versions' own text."""

import re
from collections import Counter
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

__all__ = ["Versions", "merged_documents", "undecided"]

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

    @property
    def sides(self) -> tuple[Document, Document]:
        return (self.ours, self.theirs)


def merged_documents(
    language: Language,
    read: Callable[[bytes], Document],
    versions: Versions,
    favour: Favour | None,
    rules: Rules,
) -> Merged:
    """The merge: by line where that says what the values' merge says, else piece by piece.

    Raises:
        Unfit: a version is malformed, or nothing is sure and `undecided` leaves it to others.
    """
    base = None if versions.base is None else read(versions.base)
    documents = _Documents(base, read(versions.ours), read(versions.theirs))
    values = [one.root.value for one in documents.all if one is not None]
    if len(set(map(type, values))) > 1 or not isinstance(values[0], dict | list):
        return undecided(versions, favour, "the versions are different kinds of documents")
    walk = Walk(rules, favour, same_value)
    value = _merged_value(walk, documents)
    if () in walk.conflicts:
        return undecided(versions, favour, "both sides changed it as a whole")
    if not walk.conflicts:
        by_line = _by_line(versions)
        if not by_line.conflicts and says(language, decoded(by_line.content), value):
            return Merged(by_line.content)
    merge = _Merge(language, documents, favour, rules)
    text = merge.spliced(value, len(walk.conflicts))
    if text is None:
        text = merge.rewritten(value, has_conflicts=bool(walk.conflicts))
    if text is None:
        return undecided(versions, favour, "the pieces do not give what the values say")
    return Merged(encoded(text), tuple(_conflicts(language, documents, walk.conflicts)))


def undecided(versions: Versions, favour: Favour | None, why: str) -> Merged:
    """A merge that is not sure: a conflict as a whole, with ours in place.

    A merge by line may take its place only where it has conflicts to show: one without them may
    have a key twice, or lines in a list that they are not meant for.

    Raises:
        Unfit: the merge by line is to decide.
    """
    if favour is not None or _by_line(versions).conflicts:
        raise not_sure(why)
    whole = ItemConflict("file", versions.base, versions.ours, versions.theirs)
    return Merged(versions.ours, (whole,))


def _by_line(versions: Versions) -> Merged:
    return merge_text(versions.base, versions.ours, versions.theirs, _LABELS, None)


@dataclass(frozen=True, slots=True)
class _Merge:
    """The text of a merge whose value is known."""

    language: Language
    documents: _Documents
    favour: Favour | None
    rules: Rules

    def spliced(self, value: Value, conflicts: int) -> str | None:
        """The versions' own text, put together; None where that does not say what it should."""
        base, ours, theirs = self.documents.all
        if base is None or ours is None or theirs is None:
            return None
        walk = Walk(self.rules, self.favour, same_text)
        try:
            root = walk.merged(base.root, ours.root, theirs.root, ())
            before = pick(base.before, ours.before, theirs.before)
            text = before + root.text + pick(base.after, ours.after, theirs.after)
        except Unfit:
            return None
        if not says(self.language, text, value):
            return None
        # Texts may disagree where values do not; then one side stands there as a whole.
        is_chosen = len(walk.conflicts) > conflicts
        is_clean = not conflicts and self.favour is None
        is_dropped = (is_clean or is_chosen) and self._drops(text)
        return None if is_dropped or (is_clean and is_chosen) else text

    def rewritten(self, value: Value, *, has_conflicts: bool) -> str | None:
        """A side, made to say what the merge says; the same one whichever is ours.

        Where there are conflicts or a side is favoured, it is that side. None where it would drop
        comments of the other one.
        """
        ours, theirs = self.documents.ours, self.documents.theirs
        sides = [ours, theirs]
        if has_conflicts or self.favour is not None:
            sides = [theirs if self.favour is Favour.THEIRS else ours]
        texts = (self._in_place(kept, value) for kept in sides)
        return min((one for one in texts if one is not None), default=None)

    def _in_place(self, kept: Document, value: Value) -> str | None:
        text = self.language.rewritten(kept, value, self.rules)
        if text is None or not says(self.language, text, value):
            return None
        return None if self._drops(text) else text

    def _drops(self, text: str) -> bool:
        """Whether a text lacks comments that a side wrote, or has those that one took out."""
        sign = self.language.comment
        base = self.documents.base
        was = Counter[str]() if base is None else _remarks(base.text, sign)
        ours, theirs = (_remarks(one.text, sign) for one in self.documents.sides)
        return _lacks(_remarks(text, sign), was, ours, theirs)


def _remarks(text: str, sign: str) -> Counter[str]:
    """What may be comments: a sign within a text counts too, after a space."""
    found = re.findall(rf"(?:^|[ \t]){sign}(.*)", text, re.MULTILINE) if sign else []
    return Counter(one.strip() for one in found)


def _lacks(has: Counter[str], was: Counter[str], ours: Counter[str], theirs: Counter[str]) -> bool:
    """Whether some count is not what both sides made of it; the same edit twice may be one."""
    for one in {*was, *ours, *theirs}:
        least, most = sorted((ours[one] - was[one], theirs[one] - was[one]))
        both = least + most
        once = both if least < 0 < most else least if least < 0 else most
        if not min(both, once) <= has[one] - was[one] <= max(both, once):
            return True
    return False


def _merged_value(walk: Walk, documents: _Documents) -> Value:
    ours, theirs = plain(documents.ours.root.value), plain(documents.theirs.root.value)
    nothing: Value = {} if isinstance(ours.value, dict) else []
    base = plain(nothing if documents.base is None else documents.base.root.value)
    return walk.merged(base, ours, theirs, ()).value


def _conflicts(
    language: Language, documents: _Documents, paths: Sequence[Path]
) -> Iterator[ItemConflict]:
    for path in paths:
        raws = [None if one is None else language.raw(one, path) for one in documents.all]
        base, ours, theirs = (None if raw is None else encoded(raw) for raw in raws)
        yield ItemConflict(item_name(path), base, ours, theirs, path)
