"""Putting items into documents, in the style around them."""

from contentvc.formats.items import Piece
from contentvc.formats.rules import NO_RULES
from tests.formats.structured.test_laws import of, read


def test_lines_of_a_new_element_stand_below_its_own_dash():
    """The old element's dash had more blanks after it."""
    base = b"x:\n  a:\n  -   id: 0\n      v: 1\n  -   id: 1\n  b: 1\n"
    wanted = [[1, 2], {"id": 1}]
    put = of("yaml").put(base, ("x", "a"), Piece(wanted), NO_RULES)
    assert read("yaml", put).root.value == {"x": {"a": wanted, "b": 1}}
    assert put.endswith(b"  -   id: 1\n  b: 1\n")
