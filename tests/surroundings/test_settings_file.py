import os
import stat
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Usage
from contentvc.surroundings.settings_file import (
    read_settings,
    remove_setting,
    with_setting,
    without_setting,
    write_setting,
)

COMMENTED = """\
# My settings.
top = 1

[user]  # who I am
name = "Ada # not a comment"   # a comment
# more to come

[ ui ]
color = 'auto'
"""


def test_a_new_file_gets_a_section():
    assert with_setting("", "user.name", "Ada") == '[user]\nname = "Ada"\n'


@pytest.mark.parametrize(
    ("name", "value", "old", "new"),
    [
        (
            "user.name",
            "Bob",
            'name = "Ada # not a comment"   # a comment\n',
            'name = "Bob"   # a comment\n',
        ),
        ("ui.color", "never", "color = 'auto'\n", 'color = "never"\n'),
        ("ui.progress", False, "color = 'auto'\n", "color = 'auto'\nprogress = false\n"),
        ("user.email", "a@b", "# more to come\n", '# more to come\nemail = "a@b"\n'),
        ("ignore.git", True, "'auto'\n", "'auto'\n\n[ignore]\ngit = true\n"),
    ],
)
def test_only_the_one_line_changes(name, value, old, new):
    assert COMMENTED.count(old) == 1
    assert with_setting(COMMENTED, name, value) == COMMENTED.replace(old, new)


def test_a_last_line_without_an_end_stays_whole():
    assert with_setting("a = 1", "user.name", "Ada") == 'a = 1\n\n[user]\nname = "Ada"\n'
    assert with_setting("[user]\na = 1", "user.name", "x") == '[user]\na = 1\nname = "x"\n'


def test_dotted_keys_are_understood():
    assert with_setting("user . name = 'A'\n", "user.name", "B") == 'user . name = "B"\n'


def test_a_setting_is_taken_out():
    assert without_setting(COMMENTED, "ui.color") == COMMENTED.replace("color = 'auto'\n", "")
    assert without_setting(COMMENTED, "ui.progress") == COMMENTED


TOML_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")))


@given(TOML_TEXT, TOML_TEXT)
def test_every_text_comes_back(first, second):
    text = with_setting(with_setting("", "user.name", first), "user.email", second)
    text = with_setting(text, "user.name", second)
    assert tomllib.loads(text) == {"user": {"name": second, "email": second}}


KEYS = st.sampled_from(["user.name", "user.email", "ui.color", "a.b.c"])


@given(st.lists(st.tuples(KEYS, st.none() | st.booleans() | TOML_TEXT), max_size=8))
def test_many_changes_are_as_those_of_a_dict(tmp_path_factory, changes):
    path = str(tmp_path_factory.mktemp("config") / "config.toml")
    model = {}
    for name, value in changes:
        if value is None:
            assert remove_setting(path, name) is (name in model)
            model.pop(name, None)
        else:
            write_setting(path, name, value)
            model[name] = value
        assert read_settings(path) == model


@pytest.mark.parametrize(
    "text",
    [
        'user = { name = "Ada" }\n',
        '[user]\nname = """\nAda\n"""\n',
        "[user]\nname = [\n  'a',\n]\n",
        'notes = """\n[user]\nname = "quoted"\n"""\n',
        "[[user]]\nother = 1\n",
    ],
)
def test_a_layout_that_one_line_cannot_change_is_refused_and_stays(tmp_path, text):
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(Usage, match="cannot be changed by one line"):
        write_setting(str(path), "user.name", "Bob")
    assert path.read_text() == text


def test_a_file_that_is_no_toml_stays(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[user\n")
    with pytest.raises(Usage, match="not TOML"):
        write_setting(str(path), "user.name", "Bob")
    with pytest.raises(Usage, match="not TOML"):
        remove_setting(str(path), "user.name")
    assert path.read_text() == "[user\n"


def test_folders_are_made_permissions_stay_and_symlinks_are_followed(tmp_path):
    kept = tmp_path / "dotfiles" / "config.toml"
    write_setting(str(kept), "user.name", "Ada")
    os.chmod(kept, 0o600)
    link = tmp_path / "config.toml"
    link.symlink_to(kept)
    write_setting(str(link), "user.name", "Bob")
    assert link.is_symlink()
    assert kept.read_text() == '[user]\nname = "Bob"\n'
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert os.listdir(kept.parent) == ["config.toml"]
