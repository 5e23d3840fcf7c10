import os

import pytest

from contentvc.errors import ContentvcError, Missing, Usage
from contentvc.surroundings.settings import SETTINGS, Settings, Source, parsed, setting


@pytest.fixture
def files(tmp_path):
    return str(tmp_path / "user.toml"), os.fsencode(tmp_path / "repository.toml")


def written(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def test_without_files_the_defaults_hold(files):
    settings = Settings.load(*files)
    assert settings.flag("ignore.git") is False
    assert settings.flag("ui.progress") is True
    assert settings.text("user.name") is None
    assert settings.color == "auto"
    assert {entry.source for entry in settings.entries()} == {Source.DEFAULT}


def test_the_repository_counts_more_than_the_user(files):
    written(files[0], '[user]\nname = "Ada"\nemail = "ada@example.org"\n[ui]\nprogress = false\n')
    written(files[1], '[user]\nname = "Bot"\n')
    settings = Settings.load(*files)
    assert settings.entry("user.name").source is Source.REPOSITORY
    assert settings.text("user.name") == "Bot"
    assert settings.text("user.email") == "ada@example.org"
    assert settings.flag("ui.progress") is False
    assert Settings.load(files[0], None).text("user.name") == "Ada"


def test_a_program_is_never_taken_from_the_repository(files):
    written(files[1], 'core.editor = "sh -c evil"\n')
    entry = Settings.load(*files).entry("core.editor")
    assert (entry.value, entry.source, entry.shadowed) == (None, Source.DEFAULT, True)
    written(files[0], 'core.editor = "vim"\n')
    entry = Settings.load(*files).entry("core.editor")
    assert (entry.value, entry.source, entry.shadowed) == ("vim", Source.USER, True)


def test_what_is_not_known_is_left_to_newer_versions(files):
    written(files[0], '[future]\nthing = [1, 2]\n[user]\nname = "Ada"\n')
    assert Settings.load(*files).text("user.name") == "Ada"


@pytest.mark.parametrize(
    "text",
    [
        "ui.color = 'rainbow'",
        "ui.color = 3",
        "ui = 3\n",
        "[ui]\ncolor = ['auto']",
    ],
)
def test_a_wrong_value_names_the_setting_and_the_file(files, text):
    written(files[1], text)
    settings = Settings.load(*files)
    if text.startswith("ui = "):  # another setting, which nobody asks for
        assert settings.color == "auto"
        return
    with pytest.raises(Usage, match=r"ui\.color in .*repository\.toml must be auto, always, never"):
        assert settings.color
    assert settings.flag("ui.progress") is True


@pytest.mark.parametrize(
    "text",
    [
        'user.name = "a\\u001b[2Jb"',
        'user.name = "a\\u202eb"',
        'user.name = "a <b>"',
        'user.name = "  "',
        "user.name = 1999-01-01",
        f'user.name = "{"x" * 1001}"',
    ],
)
def test_texts_that_would_deceive_are_refused(files, text):
    written(files[1], text)
    with pytest.raises(Usage) as caught:
        Settings.load(*files).text("user.name")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[user\n", "is not TOML"),
        (b"a = 1\na = 2\n", "is not TOML"),
        (b"a = " + b"[" * 60_000, "is not TOML"),
        (b".".join([b"a"] * 102) + b" = 1\n", "more than 100 dots"),
        (b'user.name = "caf\xe9"\n', "is not UTF-8"),
        (b"#" * (64 * 1024 + 1), "is larger than"),
    ],
)
def test_a_file_that_is_no_toml_is_named(files, content, why):
    with open(files[1], "wb") as file:
        file.write(content)
    with pytest.raises(Usage, match=why) as caught:
        Settings.load(*files)
    assert "repository.toml" in caught.value.message


def test_what_is_no_file_is_refused_and_not_waited_for(files):
    os.mkfifo(files[1])
    with pytest.raises(Usage, match="is not a file"):
        Settings.load(*files)


def test_a_folder_is_refused(files):
    os.mkdir(files[0])
    with pytest.raises(Usage, match=r"user\.toml is not a file"):
        Settings.load(*files)


def test_a_file_that_cannot_be_read_is_named(files):
    os.symlink(files[0], files[0])
    with pytest.raises(ContentvcError, match=r"cannot read .*user\.toml: Too many"):
        Settings.load(*files)


def test_an_unknown_setting_names_the_nearest():
    with pytest.raises(Missing, match=r"user\.nmae") as caught:
        setting("user.nmae")
    assert caught.value.code == "unknown-setting"
    assert caught.value.hint == "did you mean: user.name"
    with pytest.raises(Missing) as caught:
        setting("zzz")
    assert "contentvc config" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ignore.git", "true", True),
        ("ignore.git", "Yes", True),
        ("ignore.git", "on", True),
        ("ignore.git", "1", True),
        ("ignore.git", "false", False),
        ("ignore.git", "off", False),
        ("ui.color", "Always", "always"),
        ("user.name", "true", "true"),
        ("core.editor", "code --wait", "code --wait"),
    ],
)
def test_what_a_typed_value_means(name, text, value):
    assert parsed(SETTINGS[name], text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [("ignore.git", "maybe"), ("ui.color", "red"), ("user.name", ""), ("user.email", "a\nb")],
)
def test_a_typed_value_that_cannot_be_is_refused(name, text):
    with pytest.raises(Usage, match=name) as caught:
        parsed(SETTINGS[name], text)
    assert caught.value.code == "bad-value"


def test_the_table_holds_together():
    assert list(SETTINGS) == sorted(SETTINGS)
    for one in SETTINGS.values():
        assert one.meaning.endswith(".")
        assert one.default is None or parsed(one, str(one.default)) == one.default
    assert SETTINGS["core.editor"].user_only
