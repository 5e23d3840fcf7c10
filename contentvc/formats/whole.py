"""Files that are merged as a whole or not at all: binary content."""

from collections.abc import Sequence

from contentvc.formats.contract import Favour, ItemConflict, Labels, Merged

__all__ = ["WholeFormat"]


class WholeFormat:
    """One item, the file: where both sides changed it, a person decides and ours stays in place."""

    name = "binary"

    def accepts(self, path: bytes, contents: Sequence[bytes]) -> bool:  # noqa: ARG002 - the contract
        """Every file."""
        return True

    def merge(
        self,
        base: bytes | None,
        ours: bytes,
        theirs: bytes,
        labels: Labels,  # noqa: ARG002 - nothing is written into the file
        favour: Favour | None,
    ) -> Merged:
        """The side that changed; of two, ours with a conflict, or the favoured one."""
        if ours in (theirs, base):
            return Merged(theirs)
        if theirs == base:
            return Merged(ours)
        if favour is not None:
            return Merged(ours if favour is Favour.OURS else theirs)
        return Merged(ours, (ItemConflict("file", base, ours, theirs),))
