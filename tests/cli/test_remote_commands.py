"""remote, fetch, pull and push: what they refuse, how they end, what is completed."""

import pytest

from contentvc.cli.complete import branches_and_tags, remotes, switchable
from contentvc.cli.options import Options, Start
from tests.cli.scenery import grown, visitor


@pytest.fixture
def ground(tmp_path):
    """Somebody whose main branch is in a shared folder, known as origin."""
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    terminal = visitor(folder, tmp_path)
    assert terminal.run("remote", "add", "origin", "../shared").code == 0
    assert terminal.run("push").code == 0
    return terminal


class Asked:
    """What a completer is given of a command line."""

    def __init__(self, terminal, **params):
        self.obj = Start(terminal.edge(), Options())
        self.params = params

    def find_root(self):
        return self


@pytest.mark.parametrize(
    "words",
    [
        ("remote", "make"),
        ("remote", "add", "x"),
        ("remote", "list", "x"),
        ("remote", "rename", "x"),
        ("remote", "show"),
        ("push", "--delete"),
        ("push", "--delete", "origin"),
        ("push", "--tags", "--delete", "origin", "main"),
        ("branch", "-r", "x"),
    ],
)
def test_what_is_not_understood_ends_with_2(ground, words):
    ran = ground.run(*words)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize("verb", ["fetch", "pull", "push", "remote remove origin"])
def test_nothing_works_on_a_remote_as_of_an_earlier_operation(ground, verb):
    ran = ground.run(*verb.split(), "--at-operation", "3")
    assert ran.code == 2
    assert "--at-operation" in ran.err


@pytest.mark.parametrize("verb", ["fetch", "pull", "push"])
def test_an_unknown_remote_is_not_found(ground, verb):
    assert ground.run(verb, "nowhere").code == 3


@pytest.mark.parametrize("verb", ["fetch", "pull", "push"])
def test_a_remote_that_is_away_ends_with_5(ground, tmp_path, verb):
    (tmp_path / "shared").rename(tmp_path / "away")
    ran = ground.run(verb, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (5, "unreachable")
    shown = ground.run("remote", "show", "origin")
    assert shown.code == 5
    assert "no answer" in shown.out


def test_a_folder_that_holds_something_else_is_refused(ground, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    ran = ground.run("remote", "add", "--json", "other", "../full")
    assert (ran.code, ran.json["error"]["code"]) == (4, "not-empty")
    assert (tmp_path / "full" / "x").read_text() == "x"
    assert len(ground.run("remote", "--json").json["remotes"]) == 1


def test_a_url_with_a_password_is_refused_and_kept_nowhere(ground, tmp_path):
    ran = ground.run("remote", "add", "other", "s3://ada:hush-hush@bucket/x")
    assert ran.code == 2
    assert "hush-hush" not in ran.out + ran.err
    for path in (tmp_path / "ground" / ".contentvc").rglob("*"):
        assert path.is_dir() or b"hush-hush" not in path.read_bytes()


def test_a_push_that_would_lose_something_ends_with_4_and_says_what_to_do(ground):
    ground.run("commit", "-m", "More", "--allow-empty")
    ground.run("push")
    ground.run("undo")
    ran = ground.run("push")
    assert ran.code == 4
    assert "contentvc sync, or contentvc pull" in ran.err


def test_a_pull_that_stops_at_conflicts_ends_with_4(ground, tmp_path):
    (tmp_path / "ground" / "run.sh").write_text("theirs\n")
    ground.run("commit", "-m", "Theirs")
    ground.run("push")
    ground.run("undo")
    (tmp_path / "ground" / "run.sh").write_text("ours\n")
    ground.run("commit", "-m", "Ours")
    failed = ground.run("pull", "--json")
    assert (failed.code, failed.json["error"]["code"]) == (4, "merge-conflict")
    stopped = ground.run("pull", "--on-conflict", "stop")
    assert stopped.code == 4
    assert "conflict" in stopped.out
    assert ground.run("merge", "--abort").code == 0
    assert ground.run("pull", "--ff-only").code == 4


def test_ranges_reach_from_here_to_a_remote(ground):
    ground.run("commit", "-m", "Ahead", "--allow-empty")
    assert "Ahead" in ground.run("log", "--oneline", "origin/main..").out
    assert ground.run("log", "--oneline", "..origin/main").out == ""
    assert ground.run("log", "--oneline", "origin/main...main").out.count("\n") == 1
    assert ground.run("show", "origin/main").code == 0
    assert ground.run("diff", "origin/main", "main").out == ""


def test_status_and_branches_tell_how_far_they_are(ground):
    assert "the same as origin/main" in ground.run("status").out
    ground.run("commit", "-m", "Ahead", "--allow-empty")
    assert "1 ahead: origin/main" in ground.run("status").out
    assert "[origin/main: 1 ahead]" in ground.run("branch", "-v").out
    assert ground.run("status", "--json").json["upstream"]["ahead"] == 1


def test_quiet_does_it_without_a_word(ground):
    for line in ("fetch", "pull", "push", "remote rename origin team", "remote reset team"):
        ran = ground.run(*line.split(), "-q")
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_names_from_a_repository_do_not_act_on_the_terminal(ground, tmp_path):
    ran = ground.run("fetch", "x\x1b[2J")
    assert ran.code == 3
    assert "\x1b[2J" not in ran.err


class TestCompletion:
    def test_remotes(self, ground):
        ground.run("remote", "add", "backup", "../backup")
        assert remotes(Asked(ground), "") == ["backup", "origin"]
        assert remotes(Asked(ground), "b") == ["backup"]

    def test_what_can_be_pushed(self, ground):
        assert branches_and_tags(Asked(ground), "") == ["evals", "main", "v1"]

    def test_branches_that_only_a_remote_has(self, ground):
        ground.run("branch", "trial")
        ground.run("push", "origin", "trial")
        ground.run("branch", "-D", "trial")
        found = switchable(Asked(ground), "")
        assert {"trial", "origin/trial", "main"} <= set(found)
        assert ground.run("switch", "trial").code == 0

    @pytest.mark.parametrize("verb", ["remove", "rename", "show", "reset"])
    def test_the_words_of_remote(self, ground, verb):
        from contentvc.cli.remote import _words

        assert _words(Asked(ground, words=[verb]), "") == ["origin"]
        assert _words(Asked(ground, words=["add"]), "") == []
        assert verb in _words(Asked(ground), "")
