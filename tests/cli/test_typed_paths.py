import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.cli.paths import inside, relative
from contentvc.errors import Usage

NAMES = st.lists(
    st.binary(min_size=1, max_size=3).filter(
        lambda name: not {0, 47} & set(name) and name not in (b".", b"..")
    ),
    max_size=4,
)


@pytest.mark.parametrize(
    ("here", "text", "found"),
    [
        (b"/r", "a", b"a"),
        (b"/r", "./a/", b"a"),
        (b"/r/a", "..", b""),
        (b"/r/a", "b//c/../d", b"a/b/d"),
        (b"/r/a", "../b", b"b"),
        (b"/r/a", "/r/c", b"c"),
        (b"/r", ".", b""),
        (b"/r", "caf\udce9", b"caf\xe9"),
        (b"/r", "-n", b"-n"),
    ],
)
def test_what_a_typed_path_means(here, text, found):
    assert inside(b"/r", here, text) == found


def test_a_working_tree_may_be_the_root_of_the_file_system():
    assert inside(b"/", b"/", "etc/x") == b"etc/x"


@pytest.mark.parametrize("text", ["", "..", "/etc/passwd", "/rx", "a/../../b", "a\0b"])
def test_what_lies_outside_is_refused(text):
    with pytest.raises(Usage, match=r"outside|not a path"):
        inside(b"/r", b"/r", text)


def test_another_name_for_the_same_folder_is_understood(tmp_path):
    root = os.fsencode(os.path.realpath(tmp_path))
    os.mkdir(root + b"/tree")
    os.symlink("tree", root + b"/alias")
    assert inside(root + b"/tree", root + b"/tree", os.fsdecode(root + b"/alias/f")) == b"f"


def test_a_symlink_at_the_end_is_meant_itself(tmp_path):
    root = os.fsencode(os.path.realpath(tmp_path))
    os.symlink("/etc", root + b"/link")
    assert inside(root, root, "link") == b"link"


def test_paths_are_shown_from_where_one_stands():
    assert relative(b"a/b/c", b"") == b"a/b/c"
    assert relative(b"a/b/c", b"a") == b"b/c"
    assert relative(b"a/b/c", b"a/x") == b"../b/c"
    assert relative(b"a", b"a/x") == b"../../a"


@given(NAMES.filter(bool), NAMES)
def test_a_shown_path_means_the_path_it_shows(path, standing):
    whole, place = b"/".join(path), b"/".join(standing)
    here = os.path.normpath(os.path.join(b"/r", place))
    assert inside(b"/r", here, os.fsdecode(relative(whole, place))) == whole
