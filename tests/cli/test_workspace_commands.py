"""workspace and forget: what they print, and what they refuse."""

import os

import pytest

from tests.cli.scenery import grown, visitor


@pytest.fixture
def terminal(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    return visitor(folder, tmp_path)


def ids(terminal):
    listed = terminal.run("workspace", "--json").json["workspaces"]
    return {os.path.basename(one["root"]): one["workspace"] for one in listed}


class TestWorkspace:
    def test_alone_it_lists(self, terminal):
        assert terminal.run("workspace").out == terminal.run("workspace", "list").out
        assert terminal.run("workspace").out.startswith("* ")

    def test_where_the_branch_is_taken_it_says_so(self, terminal):
        ran = terminal.run("workspace", "add", "../second", "main")
        assert "another workspace is on main, so this one is on its commit" in ran.out
        assert "contentvc switch --create NAME" in ran.err

    def test_by_id(self, terminal):
        terminal.run("workspace", "add", "../second", "evals")
        ran = terminal.run("workspace", "remove", ids(terminal)["second"][:6])
        assert ran.out.endswith("is removed; it was on branch evals\n")
        assert set(ids(terminal)) == {"ground"}

    def test_the_folder_is_as_it_is_written(self, terminal, tmp_path):
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        terminal.run("workspace", "add", "../link/second", "evals")
        assert "second" in ids(terminal)
        assert terminal.run("workspace", "remove", "../real/second").code == 0

    @pytest.mark.parametrize(
        "line",
        [
            "workspace nonsense",
            "workspace add",
            "workspace add a b c",
            "workspace remove",
            "workspace remove a b",
            "workspace list x",
            "workspace list --force",
            "workspace remove a -c x",
            "workspace add a --discard",
            "workspace remove .",
            "workspace --at-operation 1 add x",
        ],
    )
    def test_what_is_not_understood(self, terminal, line):
        assert terminal.run(*line.split()).code == 2

    def test_what_is_not_there(self, terminal):
        assert terminal.run("workspace", "remove", "../nothing").code == 3
        assert terminal.run("workspace", "add", "../x", "nothing").code == 3

    def test_a_repository_that_is_gone(self, terminal, tmp_path):
        terminal.run("workspace", "add", "../second", "evals")
        (tmp_path / "ground").rename(tmp_path / "moved")
        ran = visitor(tmp_path / "second", tmp_path).run("status")
        assert ran.code == 3
        assert "contentvc workspace add" in ran.err
        moved = visitor(tmp_path / "moved", tmp_path)
        assert moved.run("workspace", "add", "../second").code == 0
        assert visitor(tmp_path / "second", tmp_path).run("status").code == 0


class TestForget:
    def keep(self, terminal, content):
        with open(os.path.join(terminal.here, b"run.sh"), "w") as file:
            file.write(content)
        assert terminal.run("restore", "run.sh").code == 0
        return terminal.run("operations", "-n", "1", "--json").json["operations"][0]["sequence"]

    def test_a_number_is_an_operation_and_anything_else_a_path(self, terminal):
        number = self.keep(terminal, "mine")
        assert terminal.run("forget", f"./{number}").code == 3
        ran = terminal.run("forget", str(number))
        assert ran.out.startswith("forgot 1 file (4 bytes); the repository is ")
        assert f"  run.sh  4 bytes, of operation {number}\n" in ran.out
        assert terminal.run("forget", str(number)).code == 3

    def test_what_stays_is_named(self, terminal):
        number = self.keep(terminal, "twice")
        self.keep(terminal, "twice")
        ran = terminal.run("forget", str(number))
        assert ran.code == 1
        assert "run.sh is recorded in commits or kept by other operations too" in ran.err
        assert terminal.run("forget", "run.sh").code == 0

    def test_reading_it_says_who_dropped_it(self, terminal):
        number = self.keep(terminal, "mine")
        saved = terminal.run("operations", "-n", "1", "--json").json["operations"][0]["saved"]
        terminal.run("forget", "run.sh")
        ran = terminal.run("cat", f"{saved[:12]}:run.sh")
        assert ran.code == 3
        assert f"was dropped by operation {number + 1} on " in ran.err
        assert "contentvc forget run.sh" in ran.err
        assert terminal.run("verify").code == 0

    @pytest.mark.parametrize("line", ["forget", "forget ..", "forget --at-operation 3 run.sh"])
    def test_what_is_not_understood(self, terminal, line):
        assert terminal.run(*line.split()).code == 2
