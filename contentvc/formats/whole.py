"""Binary content: compared by byte ranges, merged as a whole or not at all."""

from collections.abc import Iterator

from contentvc import limits
from contentvc.formats.binary import Range, changed_chunks, changed_ranges
from contentvc.formats.changes import BinaryChanges, Changes
from contentvc.formats.contract import Favour, ItemConflict, Labels, Merged
from contentvc.formats.itemless import Itemless
from contentvc.formats.problems import Check, Problem, Unfit
from contentvc.formats.rules import NO_RULES, Rules
from contentvc.formats.source import Source
from contentvc.ids import ObjectId

__all__ = ["WholeFormat"]


class WholeFormat(Itemless):
    """One item, the file: where both sides changed it, a person decides and ours stays in place."""

    name = "binary"

    def diff(self, old: Source, new: Source, rules: Rules) -> BinaryChanges:
        """Sizes and the byte ranges that differ; large content is compared by its chunks."""
        return BinaryChanges(old.size, new.size, _ranges(old, new))

    def apply(self, old: bytes, changes: Changes, rules: Rules) -> bytes:
        """Ranges do not hold the bytes that came into them."""
        raise Unfit(Problem("malformed", "changes of binary content cannot be applied"))

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,
        favour: Favour | None,
        rules: Rules = NO_RULES,
    ) -> Merged:
        """The side that changed; of two, ours with a conflict, or the favoured one."""
        if ours in (theirs, base):
            return Merged(theirs)
        if theirs == base:
            return Merged(ours)
        if favour is not None:
            return Merged(ours if favour is Favour.OURS else theirs)
        return Merged(ours, (ItemConflict("file", base, ours, theirs),))

    def problems(
        self,
        path: bytes,
        content: Source,
        rules: Rules,
        check: Check | None,
    ) -> Iterator[Problem]:
        """Any bytes are fine."""
        yield from ()


def _ranges(old: Source, new: Source) -> tuple[Range, ...]:
    if max(old.size, new.size) <= limits.WHOLE_TEXT:
        return changed_ranges(old.read(), new.read())
    return changed_chunks(_chunks(old), _chunks(new), old.span, new.span)


def _chunks(source: Source) -> list[tuple[ObjectId, int]]:
    """Chunks to compare by; a source without any is one piece that equals nothing."""
    if source.chunks is not None:
        return source.chunks()
    return [(ObjectId(b""), source.size)] if source.size else []
