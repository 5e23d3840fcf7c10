"""Rules: what a content set says about how its files are read."""

from dataclasses import dataclass

__all__ = ["NO_RULES", "Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the files of one content set are read; without any, formats go by name and content."""

    set: str | None = None
    """The set's name, for messages."""
    format: str | None = None
    """The word of a format, where names and contents do not tell it."""
    key: tuple[str, ...] = ()
    """Fields that name a record, or an element of a list; none: see what each format infers."""
    unordered: tuple[str, ...] = ()
    """Names of lists whose order means nothing, at any depth; ``*`` is every list. In records
    files, ``*`` alone also says that the order of the records means nothing."""


NO_RULES = Rules()
