"""HTML: elements as text, with everything in them escaped."""

from html import escape as entities

from contentvc.cli.escape import escape_line

__all__ = ["element", "text"]


def text(content: str | bytes) -> str:
    """Content that acts on nothing: neither as markup nor as control characters."""
    return entities(escape_line(content))


def element(tag: str, inner: str, kind: str = "", **attributes: str) -> str:
    """An element around markup; its attributes are escaped.

    Args:
        tag: the element's name.
        inner: markup.
        kind: its class; none without.
        attributes: others.
    """
    given = ({"class": kind} if kind else {}) | attributes
    told = "".join(f' {name}="{entities(value)}"' for name, value in given.items())
    return f"<{tag}{told}>{inner}</{tag}>"
