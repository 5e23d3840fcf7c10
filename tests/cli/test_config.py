import pytest

USER = "home/.config/contentvc/config.toml"


def test_all_settings_with_where_they_come_from(tree):
    assert tree.run("config", "ignore.git", "true").code == 0
    assert tree.run("config", "--user", "user.name", "Ada").code == 0
    lines = [line.split() for line in tree.run("config").out.splitlines()]
    assert ["ignore.git", "true", "repository"] in lines
    assert ["user.name", "Ada", "user"] in lines
    assert ["ui.color", "auto"] in lines
    settings = tree.run("config", "--json").json["settings"]
    assert {"name": "ignore.git", "value": True, "source": "repository"} in settings
    assert {"name": "user.email", "value": None, "source": "default"} in settings


def test_one_setting(tree):
    tree.run("config", "user.name", "Ada")
    assert tree.run("config", "user.name").out == "Ada\n"
    assert tree.run("config", "user.name", "-q").out == "Ada\n"
    assert tree.run("config", "user.name", "--json").json == {
        "schema": 1,
        "name": "user.name",
        "value": "Ada",
        "source": "repository",
    }


def test_a_setting_that_is_not_set_is_a_no(outside):
    ran = outside.run("config", "user.name")
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    ran = outside.run("config", "user.name", "--json")
    assert (ran.code, ran.json["value"]) == (1, None)


def test_a_change_says_what_it_did_and_where(tree):
    ran = tree.run("config", "user.name", "Ada Lovelace")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("user.name = Ada Lovelace  (repository: ")
    assert ran.out.endswith("here/.contentvc/config.toml)\n")
    assert tree.run("config", "-q", "user.name", "Bob").out == ""
    assert tree.run("config", "user.name", "Eve", "--json").json["value"] == "Eve"


def test_taking_a_setting_out_may_be_said_twice(tree):
    tree.run("config", "user.name", "Ada")
    assert tree.run("config", "--unset", "user.name").out.startswith("user.name is no longer set")
    assert tree.run("config", "--unset", "user.name").out.startswith("user.name was not set")
    assert tree.run("config", "user.name").code == 1


def test_outside_of_a_repository_only_ones_own(outside, tmp_path):
    ran = outside.run("config", "user.name", "Ada")
    assert ran.code == 3
    assert "hint: add --user" in ran.err
    assert outside.run("config", "--user", "user.name", "Ada").code == 0
    assert (tmp_path / USER).read_text() == '[user]\nname = "Ada"\n'


def test_what_names_a_program_is_written_where_it_counts(tree, tmp_path):
    ran = tree.run("config", "core.editor", "code --wait")
    assert ran.out.startswith("core.editor = code --wait  (user: ")
    assert 'editor = "code --wait"' in (tmp_path / USER).read_text()


def test_a_program_in_the_repositorys_file_is_seen_but_does_not_count(tree):
    with open(tree.here + b"/.contentvc/config.toml", "w") as file:
        file.write('core.editor = "evil"\n')
    assert tree.run("config", "core.editor").code == 1
    assert "core.editor" in tree.run("config").out
    assert "the repository's value does not count" in tree.run("config").out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["user.nmae"], 3, "did you mean: user.name"),
        (["user.nmae", "Ada"], 3, "did you mean: user.name"),
        (["--unset", "user.nmae"], 3, "did you mean: user.name"),
        (["ignore.git", "maybe"], 2, "true or false"),
        (["user.name", ""], 2, "user.name must be"),
        (["--unset"], 2, "needs the name"),
        (["--user"], 2, "needs the name"),
        (["--unset", "user.name", "Ada"], 2, "takes no value"),
    ],
)
def test_mistakes(tree, arguments, code, message):
    ran = tree.run("config", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_a_wrong_value_can_be_mended_by_the_command(tree):
    with open(tree.here + b"/.contentvc/config.toml", "w") as file:
        file.write("[ui]\ncolor = 'rainbow'\n")
    assert tree.run("config").code == 2
    assert tree.run("config", "--unset", "ui.color").code == 0
    assert tree.run("config").code == 0
