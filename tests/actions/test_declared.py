"""Which declaration counts: of a version, of the working tree, of a merge."""

import os

import pytest

from contentvc.actions.declared import (
    declared_for_merge,
    declared_here,
    declared_in,
    strictly_here,
    strictly_in,
)
from contentvc.errors import Declined
from contentvc.sets.declaration import EMPTY
from tests.actions.site import Link, Site

BROKEN = b"[sets.a]\n"


def named(name: str) -> bytes:
    return f'[sets.{name}]\npaths = ["{name}/**"]\n'.encode()


def names(declaration) -> list[str]:
    return [one.name for one in declaration.sets]


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "site").init()


def tree(site: Site, content: bytes | None):
    """The root of a commit that has this contentvc.toml."""
    if content is None:
        site.remove(b"contentvc.toml") if b"contentvc.toml" in site.files() else None
    else:
        site.write({b"contentvc.toml": content})
    return site.commit(allow_empty=True, is_verified=False).commit.tree


def test_of_a_version(site):
    one = tree(site, named("a"))
    two = tree(site, named("b"))
    none = tree(site, None)
    repository = site.repository()
    assert [names(declared_in(repository, root)) for root in (one, two, none, None)] == [
        ["a"],
        ["b"],
        [],
        [],
    ]


def test_a_version_with_mistakes_declares_nothing_and_can_be_read(site):
    root = tree(site, BROKEN)
    repository = site.repository()
    assert declared_in(repository, root) == EMPTY
    with pytest.raises(Declined, match="paths are missing"):
        strictly_in(repository, root)


def test_of_the_working_tree(site):
    assert declared_here(site.context()) == EMPTY
    site.write({b"contentvc.toml": named("a")})
    assert names(declared_here(site.context())) == ["a"]
    site.write({b"contentvc.toml": BROKEN})
    assert declared_here(site.context()) == EMPTY
    with pytest.raises(Declined, match="paths are missing"):
        strictly_here(site.context())


def test_a_folder_or_a_symlink_of_that_name_declares_nothing(site):
    site.write({b"contentvc.toml/a": b"1\n"})
    root = site.commit().commit.tree
    assert strictly_in(site.repository(), root) == EMPTY
    assert strictly_here(site.context()) == EMPTY
    site.remove(b"contentvc.toml/a")
    os.rmdir(os.path.join(site.root, b"contentvc.toml"))
    site.write({b"x": named("a"), b"contentvc.toml": Link(b"x")})
    root = site.commit().commit.tree
    assert strictly_in(site.repository(), root) == EMPTY
    assert strictly_here(site.context()) == EMPTY


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "counts"),
    [
        ("a", "a", "b", "b"),
        ("a", "b", "b", "b"),
        ("a", "b", "c", "a"),
        (None, "a", None, "a"),
        ("a", None, "a", None),
        (None, "a", "b", None),
        ("a", "a", "a", "a"),
    ],
)
def test_of_a_merge_it_is_the_same_in_both_directions(site, base, ours, theirs, counts):
    made = {name: tree(site, named(name) if name else None) for name in (base, ours, theirs)}
    sides = made[base], made[ours], made[theirs]
    repository = site.repository()
    expected = [counts] if counts else []
    assert names(declared_for_merge(repository, *sides)) == expected
    assert names(declared_for_merge(repository, sides[0], sides[2], sides[1])) == expected
