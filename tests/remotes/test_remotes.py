import os

import pytest

from contentvc.errors import Conflict, Damaged, Missing, Unreachable, Usage
from contentvc.history.draft import Draft, RefMove
from contentvc.ids import Kind, WorkspaceId
from contentvc.repository import Repository
from contentvc.snapshots.commit import decode_commit
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place as places
from tests.actions.site import ACTOR, Site


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "work").init()


def remotes(site):
    return site.context().remotes


def add(site, name, place):
    return remotes(site).add(name, os.fspath(place), lambda: ACTOR, ("remote", "add", name))


def known(site):
    return {name: remotes(site).known(name) for name in remotes(site).names()}


class TestAdding:
    def test_nothing_is_known_before(self, site):
        assert remotes(site).names() == ()

    @pytest.mark.parametrize("is_there", [False, True])
    def test_an_empty_place_becomes_a_replica_of_the_same_repository(
        self, site, tmp_path, is_there
    ):
        place = tmp_path / "shared"
        if is_there:
            place.mkdir()
        assert add(site, "origin", place) is True
        remote, own = remotes(site).open("origin"), site.repository().description
        assert (remote.repository, remote.chunking) == (own.repository, own.chunking)
        assert remote.replica != own.replica
        assert (remote.kind, remote.location) == ("folder", os.fspath(place))
        assert (remote.view.refs, remote.view.workspaces) == ({}, {})

    def test_who_made_the_replica_is_in_its_log(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        operation, identifier = remotes(site).open("origin").operation(1)
        assert (operation.kind, operation.actor) == ("init", ACTOR)
        assert operation.command == ("remote", "add", "origin")
        assert remotes(site).open("origin").view.operation == identifier

    def test_a_replica_that_is_there_is_joined(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        assert add(site, "again", tmp_path / "shared") is False
        found = known(site)
        assert list(found) == ["again", "origin"]
        assert found["again"].replica == found["origin"].replica

    @pytest.mark.parametrize("what", ["notes.txt", "été.txt", "folder/"])
    def test_a_place_with_something_else_is_refused_and_left_as_it_is(self, site, tmp_path, what):
        place = tmp_path / "full"
        place.mkdir()
        (place / what).mkdir() if what.endswith("/") else (place / what).write_text("mine")
        with pytest.raises(Conflict) as caught:
            add(site, "origin", place)
        assert caught.value.code == "not-empty"
        assert os.listdir(place) == [what.rstrip("/")]
        assert remotes(site).names() == ()

    def test_another_repository_is_refused(self, site, tmp_path):
        Site(tmp_path / "other").init()
        with pytest.raises(Damaged) as caught:
            add(site, "origin", tmp_path / "other")
        assert caught.value.code == "other-repository"
        assert remotes(site).names() == ()

    def test_this_very_repository_is_refused(self, site):
        with pytest.raises(Usage):
            add(site, "origin", os.fsdecode(site.root))

    @pytest.mark.parametrize("left", [1, 2])
    def test_what_a_cut_short_attempt_left_is_taken_over(self, site, tmp_path, left):
        place = tmp_path / "shared"
        add(site, "origin", place)
        remotes(site).remove("origin")
        for name in ["view", "operations/" + "1".rjust(20, "0"), "repository.json"][:left]:
            (place / name).unlink()
        is_new = add(site, "origin", place)
        assert is_new is (left > 1)
        assert remotes(site).open("origin").view.sequence == 1

    @pytest.mark.parametrize("name", ["", "a/b", "..", "-a", "a b", "é", "x" * 65, "a.lock", "a."])
    def test_names_that_could_not_be_a_folder_are_refused(self, site, tmp_path, name):
        with pytest.raises(Usage) as caught:
            add(site, name, tmp_path / "shared")
        assert caught.value.code == "bad-name"
        assert not (tmp_path / "shared").exists()

    @pytest.mark.parametrize("name", ["origin", "Origin"])
    def test_a_name_is_given_once(self, site, tmp_path, name):
        add(site, "origin", tmp_path / "shared")
        with pytest.raises(Conflict) as caught:
            add(site, name, tmp_path / "elsewhere")
        assert caught.value.code == "already-exists"
        assert not (tmp_path / "elsewhere").exists()


class TestManaging:
    def test_one_that_is_removed_is_known_no_more(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        remotes(site).remove("origin")
        assert remotes(site).names() == ()
        assert (tmp_path / "shared" / "repository.json").exists()
        assert os.listdir(os.path.join(site.root, b".contentvc", b"remotes")) == []

    def test_a_new_name(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        before = remotes(site).known("origin")
        remotes(site).rename("origin", "team")
        after = known(site)
        assert list(after) == ["team"]
        assert (after["team"].url, after["team"].replica) == (before.url, before.replica)

    def test_a_name_that_is_taken_is_not_given(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        add(site, "team", tmp_path / "other")
        with pytest.raises(Conflict):
            remotes(site).rename("origin", "team")
        assert remotes(site).names() == ("origin", "team")

    @pytest.mark.parametrize("verb", ["known", "remove", "reset", "open"])
    def test_one_that_is_not_known(self, site, verb):
        with pytest.raises(Missing) as caught:
            getattr(remotes(site), verb)("origin")
        assert caught.value.code == "unknown-remote"

    def test_a_file_that_is_not_understood_is_named_and_can_be_removed(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        path = os.path.join(site.root, b".contentvc", b"remotes", b"origin", b"remote.toml")
        with open(path, "wb") as file:
            file.write(b"url = 1\n")
        with pytest.raises(Damaged):
            remotes(site).known("origin")
        remotes(site).remove("origin")
        assert remotes(site).names() == ()


class TestOpening:
    def test_a_place_that_is_gone_does_not_answer(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        (tmp_path / "shared").rename(tmp_path / "away")
        with pytest.raises(Unreachable):
            remotes(site).open("origin")

    def test_another_replica_is_named_until_it_is_accepted(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        (tmp_path / "shared").rename(tmp_path / "away")
        add(site, "other", tmp_path / "shared")
        with pytest.raises(Damaged) as caught:
            remotes(site).open("origin")
        assert caught.value.code == "other-repository"
        assert "remote reset origin" in caught.value.hint
        remotes(site).reset("origin")
        assert remotes(site).open("origin").replica == remotes(site).known("other").replica

    def test_another_working_tree_of_the_repository(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        description = site.repository().description
        Repository.create(
            LocalStorage(os.fspath(tmp_path / "tree/.contentvc/repository")),
            site.clockwork,
            None,
            Draft("init", ACTOR),
            description,
        )
        places.create(os.fsencode(tmp_path / "tree"), WorkspaceId(b"w" * 16))
        add(site, "neighbour", tmp_path / "tree")
        assert remotes(site).known("neighbour").url == os.fspath(tmp_path / "tree")


class TestMovingObjects:
    def test_what_is_uploaded_and_appended_is_there_for_the_next_who_opens_it(self, site, tmp_path):
        add(site, "origin", tmp_path / "shared")
        commit = site.write({b"a.txt": b"content"}).commit().id
        remote = remotes(site).open("origin")
        repository = site.repository()
        encoded = repository.objects.read(Kind.COMMIT, commit)
        from contentvc.ids import PackName
        from contentvc.objects.blocks import seal
        from contentvc.objects.pack import PackBuilder

        builder = PackBuilder(PackName(os.urandom(16)))
        builder.add(seal(bytes([Kind.COMMIT]), [commit], [encoded]))
        record, _ = remote.upload(builder)
        move = RefMove("branch/main", None, commit)
        remote.append(Draft("push", ACTOR, refs=(move,), added=(record,)))
        seen = remotes(site).open("origin")
        assert seen.view.refs["branch/main"].id == commit
        assert decode_commit(seen.objects.read(Kind.COMMIT, commit)) == repository.commit(commit)
