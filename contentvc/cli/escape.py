r"""Escape: what comes from a repository must not be able to act on the terminal or deceive.

What is not plain is shown in Python's notation: ``\x1b``, ``\u202e``. A backslash itself stays as
it is; who needs the exact bytes asks for JSON.
"""

from contentvc.surroundings.plain import decoded, is_hidden, sound

__all__ = ["decoded", "escape", "escape_line", "sound"]


def escape(text: str | bytes) -> str:
    """One piece of text for one line: a name, a path, a value."""
    shown = decoded(text)
    if shown.isprintable():
        return shown
    return "".join(map(_shown, shown))


def escape_line(text: str | bytes) -> str:
    """A line of content or of a message: as `escape`, but tabs stay."""
    shown = decoded(text)
    if shown.isprintable():
        return shown
    return "\t".join(map(escape, shown.split("\t")))


def _shown(character: str) -> str:
    return repr(character)[1:-1] if is_hidden(character) else character
