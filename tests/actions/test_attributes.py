"""Attributes of files: commits of their own, which edits, renames and merges carry along."""

import pytest

from contentvc import limits
from contentvc.actions.attributes import list_attributes, set_attributes, unset_attributes
from contentvc.actions.diff import DiffRequest, diff
from contentvc.changes.files import ChangeKind
from contentvc.errors import Conflict, Declined, Missing, Usage
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Entry, Mode, Tree, encode_tree
from contentvc.surroundings.settings import OnConflict
from tests.actions.site import Link, Program, Site

LINES = b"".join(b"line %d of a longer file\n" % number for number in range(20))
FILES = {
    b"a": b"1\n",
    b"d/b": Program(b"two\n"),
    b"d/long": LINES,
    b"link": Link(b"a"),
}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(FILES)
    site.commit("one")
    return site


def put(site, *paths, **attributes):
    return set_attributes(site.context(), paths, tuple(sorted(attributes.items())), None)


def listed(site, revision="HEAD", *paths):
    found = list_attributes(site.context(), revision, paths)
    return {one.path: dict(one.attributes) for one in found}


def test_a_folder_means_the_files_below_it_and_each_file_counts_once(site):
    report = put(site, b"d", b"d/b", b"link", license="MIT")
    assert [one.path for one in report.files] == [b"d/b", b"d/long", b"link"]
    wanted = {"license": "MIT"}
    assert listed(site) == {b"d/b": wanted, b"d/long": wanted, b"link": wanted}
    assert listed(site, "HEAD", b"d/b", b"a") == {b"d/b": wanted}
    assert listed(site, "HEAD~1") == {}
    assert site.refs()["branch/main"] == report.id


def test_other_keys_and_everything_else_stay(site):
    put(site, b"d/b", license="MIT", by="Ada")
    site.write({b"d/b": Program(b"edited, not recorded\n")})
    put(site, b"d/b", license="CC0-1.0", score="1")
    assert listed(site) == {b"d/b": {"license": "CC0-1.0", "by": "Ada", "score": "1"}}
    assert site.at("HEAD") == FILES
    assert [one.path for one in site.status().changes] == [b"d/b"]
    assert site.kinds(site.at("HEAD"))[b"d/b"] == (Program, b"two\n")


def test_taken_away_where_it_is(site):
    put(site, b"d", license="MIT", by="Ada")
    report = unset_attributes(site.context(), [b""], ["license", "nothing"], None)
    assert [one.path for one in report.files] == [b"d/b", b"d/long"]
    assert listed(site) == {b"d/b": {"by": "Ada"}, b"d/long": {"by": "Ada"}}
    with pytest.raises(Missing) as missing:
        unset_attributes(site.context(), [b""], ["license"], None)
    assert missing.value.code == "unknown-attribute"


def test_nothing_to_change_is_no_commit(site):
    put(site, b"a", license="MIT")
    before = site.refs()
    with pytest.raises(Declined):
        put(site, b"a", license="MIT")
    assert site.refs() == before


def test_only_recorded_files_have_attributes(site):
    site.write({b"new": b"never recorded\n"})
    before = site.refs()
    for path in (b"new", b"nowhere", b"a/b"):
        with pytest.raises(Missing) as missing:
            put(site, b"a", path, license="MIT")
        assert missing.value.code == "unknown-path"
    assert site.refs() == before
    assert listed(site) == {}


def test_before_the_first_commit(tmp_path):
    site = Site(tmp_path / "empty").init()
    with pytest.raises(Missing) as missing:
        put(site, b"", license="MIT")
    assert missing.value.code == "no-commits"


def test_not_while_a_merge_is_in_progress(site):
    site.switch("other", create=True)
    site.write({b"a": b"theirs\n"}).commit("theirs")
    site.switch("main")
    site.write({b"a": b"ours\n"}).commit("ours")
    site.merge("other")
    with pytest.raises(Conflict) as refused:
        put(site, b"a", license="MIT")
    assert refused.value.code == "merging"


@pytest.mark.parametrize(
    "attributes",
    [
        {"": "value"},
        {"key": "\udcff"},
        {"key\udcff": "value"},
        {"key": "x" * limits.ENTRY_ATTRIBUTES_BYTES},
        {f"key{number}": "" for number in range(limits.ATTRIBUTES + 1)},
    ],
)
def test_what_is_beyond_the_limits_is_refused(site, attributes):
    with pytest.raises(Usage):
        put(site, b"a", **attributes)
    assert listed(site) == {}


def test_they_do_not_pile_up_beyond_the_limits(site):
    half = "x" * (limits.ENTRY_ATTRIBUTES_BYTES // 2)
    put(site, b"a", one=half)
    with pytest.raises(Usage):
        put(site, b"a", two=half)
    assert listed(site) == {b"a": {"one": half}}


def test_no_tree_is_written_that_could_not_be_read():
    value = "x" * (limits.TREE_BYTES // limits.ATTRIBUTES)
    attributes = tuple((f"{number:04}", value) for number in range(limits.ATTRIBUTES))
    entry = Entry(b"a", Mode.FILE, 0, blob_id(b""), attributes)
    with pytest.raises(Usage):
        encode_tree(Tree((entry,)))


def test_they_stay_when_a_file_is_edited(site):
    put(site, b"a", license="MIT")
    site.write({b"a": b"edited\n"})
    (change,) = diff(site.context(), DiffRequest()).changes
    assert change.old.attributes == change.new.attributes == (("license", "MIT"),)
    (change,) = diff(site.context(), DiffRequest("HEAD~1")).changes
    assert (change.old.attributes, change.new.attributes) == ((), (("license", "MIT"),))
    site.commit("edited")
    assert listed(site) == {b"a": {"license": "MIT"}}


def test_they_follow_a_rename_with_and_without_an_edit(site):
    put(site, b"d", license="MIT")
    site.remove(b"d/b", b"d/long")
    site.write({b"e/b": Program(b"two\n"), b"long": LINES + b"and one more\n", b"new": b"x\n"})
    report = site.commit("renamed")
    assert report.changes == {ChangeKind.RENAMED: 2, ChangeKind.ADDED: 1}
    assert listed(site) == {b"e/b": {"license": "MIT"}, b"long": {"license": "MIT"}}


def test_a_new_file_in_the_place_of_an_old_one_keeps_them_and_a_deleted_one_loses_them(site):
    put(site, b"a", b"d/b", license="MIT")
    site.remove(b"a").commit("gone")
    site.write({b"a": b"another\n", b"d/b": Link(b"nowhere")}).commit("back")
    assert listed(site) == {b"d/b": {"license": "MIT"}}


def test_an_attribute_is_a_change_of_its_own(site):
    put(site, b"a", license="MIT")
    (change,) = diff(site.context(), DiffRequest("HEAD~1..HEAD")).changes
    assert change.change is ChangeKind.MODIFIED
    assert change.old.id == change.new.id
    (change,) = diff(site.context(), DiffRequest("HEAD~1", "HEAD")).changes
    assert dict(change.new.attributes) == {"license": "MIT"}


def test_both_sides_merge_key_by_key(site):
    put(site, b"a", license="MIT", by="Ada")
    site.switch("other", create=True)
    put(site, b"a", score="1")
    site.switch("main")
    unset_attributes(site.context(), [b"a"], ["by"], None)
    site.merge("other")
    assert listed(site) == {b"a": {"license": "MIT", "score": "1"}}


def test_the_same_key_set_apart_is_a_conflict(site):
    site.switch("other", create=True)
    put(site, b"a", license="CC0-1.0")
    site.switch("main")
    put(site, b"a", license="MIT")
    report = site.merge("other")
    assert [row.path for row in report.conflicts] == [b"a"]
    site.abort()
    site.merge("other", on_conflict=OnConflict.THEIRS)
    assert listed(site) == {b"a": {"license": "CC0-1.0"}}


def test_a_file_that_is_edited_is_not_in_the_way_of_its_attributes(site):
    site.switch("other", create=True)
    put(site, b"a", license="MIT")
    edited = FILES | {b"a": b"edited, not recorded\n"}
    site.write({b"a": edited[b"a"]})
    for step in (
        lambda: site.switch("main"),
        lambda: site.switch("other"),
        lambda: site.rollback("main"),
        site.undo,
        site.redo,
    ):
        step()
        assert site.files() == edited
        assert [one.path for one in site.status().changes] == [b"a"]
    assert listed(site) == {}


def test_undo_and_redo(site):
    put(site, b"a", license="MIT")
    site.undo()
    assert listed(site) == {}
    site.redo()
    assert listed(site) == {b"a": {"license": "MIT"}}
    assert site.verify().ok
