"""Names that one disk cannot tell apart are refused before anything is written."""

import os

import pytest

from contentvc.errors import Conflict
from contentvc.worktree.names import EXACT, Folding, check_distinct, fold, probe

CASE = Folding(case=True, form=True)
FORM = Folding(case=False, form=True)
MAC = Folding(case=True, form=True, text=True)
COMPOSED, APART = "é".encode(), "e\u0301".encode()


@pytest.mark.parametrize(
    ("folding", "paths"),
    [
        (CASE, [b"a", b"A"]),
        (CASE, [b"x/a", b"x/b", b"X/c"]),
        (CASE, [b"a", b"A/b"]),
        (CASE, ["straße".encode(), b"STRASSE"]),
        (CASE, [COMPOSED, APART]),
        (CASE, [COMPOSED.upper(), "É".encode(), APART]),
        (FORM, [COMPOSED + b"/a", APART + b"/b"]),
        (MAC, [b"a\xff"]),
        (MAC, [b"\xff/b"]),
    ],
)
def test_refused(folding, paths):
    with pytest.raises(Conflict) as caught:
        check_distinct(paths, folding)
    assert caught.value.details["paths"]


@pytest.mark.parametrize(
    ("folding", "paths"),
    [
        (EXACT, [b"a", b"A", b"\xff", COMPOSED, APART]),
        (FORM, [b"a", b"A", b"x/a", b"X/a"]),
        (CASE, [b"a", b"b", b"x/a", b"x/y/a", b"x/y/b", b"\xff", b"\xfe"]),
        (MAC, [b"a", b"x/a", "ü/ü".encode()]),
    ],
)
def test_taken(folding, paths):
    check_distinct(paths, folding)
    check_distinct(reversed(paths), folding)


def test_fold():
    assert fold(b"A", case=True) == fold(b"a", case=True)
    assert fold(b"A", case=False) != fold(b"a", case=False)
    assert fold(COMPOSED, case=False) == fold(APART, case=False)
    assert fold(b"\xff", case=True) != fold(b"\xfe", case=True)


def test_probe(tmp_path):
    root = os.fsencode(tmp_path)
    assert probe(root, is_mac=False) == EXACT
    assert probe(root, is_mac=True) == Folding(case=False, form=True, text=True)
    os.mkdir(root + b"/.contentvc")
    here = probe(root, is_mac=False)
    assert here.case == os.path.exists(root + b"/.CONTENTVC")
    os.mkdir(root + b"/.CONTENTVC") if not here.case else None
    assert probe(root, is_mac=False) == here


def test_probe_where_names_fold(tmp_path):
    """A link stands for the other spelling that such a file system finds."""
    root = os.fsencode(tmp_path)
    with open(root + b"/.contentvc", "wb"):
        os.link(root + b"/.contentvc", root + b"/.CONTENTVC")
    assert probe(root, is_mac=False) == CASE
    assert probe(root, is_mac=True) == MAC
