import pytest

from contentvc.errors import Missing, Usage
from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.history.revisions import Resolver, split_path, split_range
from contentvc.ids import Kind, ObjectId, short
from contentvc.snapshots.operation import Head
from tests.history.scenes import SECOND, START, WORKSPACE, Scene

A_DAY = 86_400 * SECOND


class History:
    """main: first - second - third - merge; side: from second, merged."""

    def __init__(self):
        self.scene = scene = Scene()
        self.first = scene.commit({b"a": b"1"}, "first")
        self.second = scene.commit({b"a": b"2"}, "second")
        self.third = scene.commit({b"a": b"3"}, "third")
        self.side = scene.commit({b"b": b"1"}, "side", parents=(self.second,), ref="branch/side")
        self.merge = scene.commit(
            {b"b": b"1"}, "merge", parents=(self.third, self.side), ref="branch/main"
        )
        scene.move("tag/v1", self.second)
        scene.move("remote/origin/main", self.third)

    def resolver(self, now=START + 10_000 * SECOND, workspace=WORKSPACE):
        repository = self.scene.repository
        return Resolver(
            repository.view,
            repository.log,
            repository.commit,
            repository.objects.index.starting_with,
            workspace,
            now,
            0,
        )

    def resolve(self, text, **how):
        return self.resolver(**how).resolve(text)

    def time(self, number):
        """When an operation happened."""
        return self.scene.repository.log.read(number)[0].time


@pytest.fixture(scope="module")
def history():
    """Do not change it."""
    return History()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("HEAD", "merge"), ("@", "merge"), ("main", "merge"), ("branch/main", "merge"), ("side", "side"),
        ("v1", "second"), ("tag/v1", "second"), ("origin/main", "third"), ("remote/origin/main", "third"),
        ("HEAD~", "third"), ("HEAD~1", "third"), ("HEAD~2", "second"), ("HEAD~3", "first"), ("HEAD~0", "merge"),
        ("HEAD^", "third"), ("HEAD^1", "third"), ("HEAD^2", "side"), ("HEAD^0", "merge"), ("HEAD^^", "second"),
        ("HEAD^2^", "second"), ("HEAD^2~2", "first"), ("HEAD~1^", "second"), ("HEAD~~", "second"),
        ("@~2", "second"), ("@^2", "side"), ("v1~", "first"), ("main^2~1^0", "second"),
        ("main@{0}", "merge"), ("main@{1}", "third"), ("main@{2}", "second"), ("main@{3}", "first"),
        ("main@{1}~", "second"), ("main@{0}^2", "side"), ("side@{0}", "side"),
        ("HEAD@{0}", "merge"), ("HEAD@{1}", "side"), ("HEAD@{2}", "third"), ("HEAD@{4}", "first"),
        ("@{0}", "merge"), ("@{1}", "third"),  # of the branch, as in git
        ("main@{now}", "merge"), ("main@{0 seconds ago}", "merge"),
    ],
)  # fmt: skip
def test_every_form(history, text, name):
    assert history.resolve(text) == getattr(history, name)


@pytest.mark.parametrize("digits", [4, 5, 7, 12, 40, 63, 64])
def test_ids(history, digits):
    for name in ("first", "second", "third", "side", "merge"):
        commit = getattr(history, name)
        assert history.resolve(commit.hex()[:digits]) == commit
        assert history.resolve(commit.hex()[:digits].upper()) == commit
    assert history.resolve(history.merge.hex()[:digits] + "^2") == history.side


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "", "~1", "^", "HEAD~4", "HEAD^3", "HEAD~1000000000", "HEAD^999999999999", "v1^2",
        "main@{4}", "side@{1}", "HEAD@{6}", "nothing@{1}", "main@{0}@{0}", "main~1@{0}", "HEAD^{tree}",
        "HEAD~x", "HEAD-1", "abc", "0000", "f" * 64, "f" * 65, "main@{", "main}", "heads/main", "MAIN",
        "main@{10 years ago}", "HEAD:a", " main", "main ",
    ],
)  # fmt: skip
def test_what_names_no_commit(history, text):
    with pytest.raises(Missing) as caught:
        history.resolve(text)
    assert caught.value.code == "unknown-revision"


@pytest.mark.parametrize("when", ["whenever", "", "-1", "1.5", "@x"])
def test_what_is_no_time_is_told(history, when):
    with pytest.raises(Usage):
        history.resolve("main@{" + when + "}")


def test_ids_of_trees_and_files_name_no_commit(history):
    repository = history.scene.repository
    tree = repository.commit(history.first).tree
    blob = repository.entries(tree)[0].id
    for identifier in (tree, blob):
        with pytest.raises(Missing):
            history.resolve(identifier.hex())
        with pytest.raises(Missing):
            history.resolve(identifier.hex()[:8])


def test_times(history):
    """main@{TIME} is where main stood then; the operations are a few seconds apart."""
    moves = {2: "first", 3: "second", 4: "third", 6: "merge"}
    for number, name in moves.items():
        for text in (
            f"main@{{@{history.time(number) // SECOND}}}",
            f"main@{{{iso(history.time(number))}}}",
        ):
            assert history.resolve(text) == getattr(history, name)
    just_before = history.time(3) // SECOND - 1
    assert history.resolve(f"main@{{@{just_before}}}") == history.first
    now = history.time(6) + 2 * A_DAY
    assert history.resolve("main@{yesterday}", now=now) == history.merge
    ago = (now - history.time(4)) // SECOND
    assert history.resolve(f"main@{{{ago} seconds ago}}", now=now) == history.third


def iso(time):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time / SECOND, UTC).isoformat()


class TestHead:
    def test_without_a_workspace(self, history):
        with pytest.raises(Missing):
            history.resolve("HEAD", workspace=None)
        assert history.resolve("main", workspace=None) == history.merge

    def test_before_the_first_commit(self):
        scene = Scene()
        history = History.__new__(History)
        history.scene = scene
        for text in ("HEAD", "main", "branch/main", "HEAD~1"):
            with pytest.raises(Missing) as caught:
                history.resolve(text)
            assert caught.value.code == "no-commits"
        with pytest.raises(Missing) as caught:
            history.resolve("other")
        assert caught.value.code == "unknown-revision"

    def test_detached(self):
        history = History()
        view = history.scene.repository.view
        head = Head(None, history.first)
        move = WorkspaceMove(WORKSPACE, view.workspaces[WORKSPACE].head, head)
        history.scene.repository.append(Draft("switch", "A", WORKSPACE, workspaces=(move,)))
        assert history.resolve("HEAD") == history.resolve("@{0}") == history.first
        assert history.resolve("@{1}") == history.merge
        with pytest.raises(Missing):
            history.resolve("HEAD~")


class TestWhichWins:
    def test_a_ref_wins_over_an_abbreviated_id(self):
        history = History()
        name = history.first.hex()[:8]
        history.scene.move("branch/" + name, history.third)
        assert history.resolve(name) == history.third
        assert history.resolve(history.first.hex()[:9]) == history.first

    def test_a_tag_wins_over_a_branch_as_in_git(self):
        history = History()
        history.scene.move("tag/side", history.first)
        assert history.resolve("side") == history.first
        assert history.resolve("branch/side") == history.side

    def test_a_deleted_branch_starts_anew(self):
        history = History()
        history.scene.move("branch/side", None)
        with pytest.raises(Missing):
            history.resolve("side")
        history.scene.move("branch/side", history.first)
        assert history.resolve("side@{0}") == history.first
        with pytest.raises(Missing):
            history.resolve("side@{1}")


class TestAmbiguity:
    def test_the_candidates_are_named(self, history):
        commits = {history.first: "first", history.third: "third"}
        found = [(one, Kind.COMMIT) for one in commits]
        base = history.resolver()
        resolver = Resolver(base.view, base.log, base.read, lambda _: iter(found), WORKSPACE, 0, 0)
        with pytest.raises(Usage) as caught:
            resolver.resolve("abcd")
        assert caught.value.code == "ambiguous-revision"
        assert caught.value.details["candidates"] == sorted(one.hex() for one in commits)
        for commit, message in commits.items():
            assert f"{short(commit)} {message}" in caught.value.message

    def test_a_tree_beside_a_commit_is_no_candidate(self, history):
        base = history.resolver()
        found = [(history.first, Kind.COMMIT), (ObjectId(bytes(32)), Kind.TREE)]
        resolver = Resolver(base.view, base.log, base.read, lambda _: iter(found), WORKSPACE, 0, 0)
        assert resolver.resolve("abcd") == history.first

    def test_at_most_ten_are_shown(self, history):
        base = history.resolver()
        ids = [ObjectId(bytes([n]) * 32) for n in range(20)]
        resolver = Resolver(
            base.view,
            base.log,
            lambda _: base.read(history.first),
            lambda _: iter([(one, Kind.COMMIT) for one in ids]),
            WORKSPACE,
            0,
            0,
        )
        with pytest.raises(Usage, match="fits 20 commits") as caught:
            resolver.resolve("abcd")
        assert len(caught.value.details["candidates"]) == 10


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("main", ("main", None)), ("main:a/b", ("main", "a/b")), ("main:", ("main", "")), (":a", ("", "a")),
        ("main:a:b", ("main", "a:b")), ("main@{2026-01-01 10:30}:a", ("main@{2026-01-01 10:30}", "a")),
        ("main@{10:30}", ("main@{10:30}", None)),
    ],
)  # fmt: skip
def test_the_first_colon_splits(text, parts):
    assert split_path(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a..b", ("a", "b", False)), ("a...b", ("a", "b", True)), ("..b", ("HEAD", "b", False)),
        ("a..", ("a", "HEAD", False)), ("a...", ("a", "HEAD", True)), ("..", ("HEAD", "HEAD", False)),
        ("a", None), ("a.b", None), ("v1.0..v1.1", ("v1.0", "v1.1", False)),
    ],
)  # fmt: skip
def test_ranges(text, parts):
    assert split_range(text) == parts
