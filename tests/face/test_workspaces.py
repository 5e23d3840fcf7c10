"""Several workspaces of one repository, as programs use them."""

import os
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import contentvc
from tests.face.conftest import AUTHOR, write


def test_a_workspace_is_added_used_and_removed(workspace, tmp_path):
    other = workspace.workspaces.add("../other", "v1", create="other")
    assert other.path == os.path.realpath(tmp_path / "other")
    assert (other.head, other.branches.current) == (workspace.at("v1"), "other")
    write(other.path, {"model.json": "{}"})
    version = other.commit("There")
    assert version.author == AUTHOR
    assert (workspace.branches["other"], workspace.status().is_clean) == (version, True)
    removed = workspace.workspaces.remove(other)
    assert (removed.path, removed.branch, removed.version) == (other.path, "other", version)
    assert (removed.changes, removed.is_saved, removed.stays) == ((), False, False)
    assert not os.path.exists(other.path)
    with pytest.raises(contentvc.Missing):
        other.status()


def test_what_the_workspaces_are(workspace):
    detached = workspace.workspaces.add("../other")
    here, there = workspace.workspaces
    assert (len(workspace.workspaces), here.path, there.path) == (2, workspace.path, detached.path)
    assert (here.is_here, here.is_main, there.is_here, there.is_main) == (True, True, False, False)
    assert (here.branch, there.branch, there.version) == ("main", None, workspace.head)
    assert [entry.is_here for entry in detached.workspaces] == [False, True]
    assert here.open().path == workspace.path
    assert there.open(author="Eve <eve@example.org>").commit("x", allow_empty=True).author == (
        "Eve <eve@example.org>"
    )
    assert pickle.loads(pickle.dumps(there)) == there  # noqa: S301 - our own


def test_a_workspace_whose_folder_is_gone(workspace):
    other = workspace.workspaces.add("../other", create="other")
    inside = workspace.workspaces.add("runs/1", create="run-1")
    entries = list(workspace.workspaces)
    shutil.rmtree(other.path)
    shutil.rmtree(inside.path)
    assert [entry.condition for entry in workspace.workspaces] == ["ready", "missing", "missing"]
    for entry in entries[1:]:
        with pytest.raises(contentvc.Missing) as caught:
            entry.open()
        assert caught.value.code == "not-a-repository"
    assert workspace.workspaces.add("../other").branches.current == "other"
    workspace.workspaces.remove(entries[1])
    assert workspace.workspaces.remove(inside.path).branch == "run-1"
    assert len(workspace.workspaces) == 1


def test_uncommitted_changes_are_not_lost_with_a_workspace(workspace):
    other = workspace.workspaces.add("../other", create="other")
    write(other.path, {"model.json": "mine"})
    with pytest.raises(contentvc.Conflict) as caught:
        workspace.workspaces.remove("../other")
    assert caught.value.code == "would-overwrite"
    removed = workspace.workspaces.remove("../other", force=True)
    assert ([change.path for change in removed.changes], removed.is_saved) == (
        ["model.json"],
        True,
    )
    workspace.undo()
    assert Path(other.path, "model.json").read_text() == "mine"
    assert other.branches.current == "other"
    identifier = next(one.id for one in workspace.workspaces if not one.is_here)
    assert workspace.workspaces.remove(identifier[:12], discard=True).is_saved is False


def test_what_cannot_be_added_or_removed(workspace, tmp_path):
    write(tmp_path, {"full/file": "x"})
    for path, arguments in (
        ("../full", {}),
        ("prompts", {}),
        ("../new", {"create": "main"}),
    ):
        with pytest.raises(contentvc.Conflict) as caught:
            workspace.workspaces.add(path, **arguments)
        assert caught.value.code == "already-exists"
    with pytest.raises(contentvc.Missing):
        workspace.workspaces.add("../new", "no-such")
    with pytest.raises(contentvc.Missing) as caught:
        workspace.workspaces.remove("../full")
    assert caught.value.code == "unknown-workspace"
    with pytest.raises(contentvc.Usage):
        workspace.workspaces.remove(workspace)
    stranger = contentvc.init(tmp_path / "stranger", author=AUTHOR)
    with pytest.raises(contentvc.Missing):
        workspace.workspaces.remove(stranger)


def test_many_programs_each_in_a_workspace_of_its_own(workspace):
    def attempt(number):
        mine = workspace.workspaces.add(
            f"../run-{number}", "v1", create=f"run-{number}", author=f"Run {number} <run@a.b>"
        )
        write(mine.path, {"model.json": f'{{"run": {number}}}'})
        return mine.commit(f"Run {number}")

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(attempt, range(4)))
    for number, version in enumerate(versions):
        assert workspace.branches[f"run-{number}"] == version
        assert version.tree["model.json"].json() == {"run": number}
        assert (version.author, version.parents) == (
            f"Run {number} <run@a.b>",
            (workspace.at("v1"),),
        )
    assert (len(workspace.workspaces), workspace.status().is_clean) == (5, True)
