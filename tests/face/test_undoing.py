"""Undo, rollback and stashes as a program uses them; what the actions do is tested beside them."""

import pickle
from pathlib import Path

import pytest

import contentvc
from tests.face.conftest import write


def kinds(changes):
    return {change.path: str(change.kind) for change in changes}


def text(workspace, path):
    return Path(workspace.path, path).read_text()


def test_undo_takes_back_the_last_thing_and_redo_does_it_again(workspace):
    old, new = workspace.at("v1"), workspace.head
    undone = workspace.undo()
    assert (undone.operation.kind, undone.operation.undone_by) == ("commit", 5)
    assert undone.refs == {"branch/main": old}
    assert (undone.branch, undone.version, undone.published) == ("main", old, ())
    assert (undone.changes, undone.overwritten, undone.is_saved) == ((), (), False)
    assert kinds(workspace.status().changes) == {
        "model.json": "modified",
        "prompts/support.md": "modified",
    }
    redone = workspace.redo()
    assert (redone.operation, redone.version) == (workspace.operations[4], new)
    assert redone.operation.undone_by is None
    assert workspace.status().is_clean
    with pytest.raises(contentvc.Declined) as caught:
        workspace.redo()
    assert caught.value.code == "nothing-to-undo"


def test_undo_of_one_operation_that_is_not_the_last(workspace):
    workspace.tags.create("good")
    workspace.branches.create("experiment")
    (tagging,) = (one for one in workspace.operations if one.number == 5)
    assert workspace.undo(tagging).refs == {"tag/good": None}
    assert ("good" in workspace.tags, "experiment" in workspace.branches) == (False, True)
    assert workspace.operations[5].undone_by == len(workspace.operations)
    assert workspace.undo(6).operation.kind == "branch"
    with pytest.raises(contentvc.Declined):
        workspace.undo(6)
    with pytest.raises(contentvc.Missing) as caught:
        workspace.undo(99)
    assert caught.value.code == "unknown-operation"
    with pytest.raises(contentvc.Usage):
        workspace.undo(1)


def test_undo_refuses_to_overwrite_unless_it_is_told_to(workspace):
    write(workspace.path, {"model.json": "first"})
    workspace.restore(["model.json"])
    write(workspace.path, {"model.json": "second"})
    with pytest.raises(contentvc.Conflict) as caught:
        workspace.undo()
    assert caught.value.code == "would-overwrite"
    assert text(workspace, "model.json") == "second"
    undone = workspace.undo(force=True)
    assert (undone.overwritten, undone.is_saved) == (("model.json",), True)
    assert kinds(undone.changes) == {"model.json": "modified"}
    assert text(workspace, "model.json") == "first"
    write(workspace.path, {"model.json": "third"})
    redone = workspace.redo(discard=True)
    assert (redone.overwritten, redone.is_saved) == (("model.json",), False)


def test_an_operation_tells_what_it_keeps(workspace):
    write(workspace.path, {"model.json": "mine"})
    workspace.restore(["model.json"])
    operation = next(iter(workspace.operations))
    assert operation.saved["model.json"].text() == "mine"
    assert operation.saved in operation.kept
    assert {tree["model.json"].text() for tree in operation.kept} == {
        "mine",
        workspace.head.tree["model.json"].text(),
    }
    assert not operation.is_forgotten
    assert workspace.operations[1].kept == ()
    assert pickle.loads(pickle.dumps(operation)) == operation  # noqa: S301 - our own


@pytest.mark.parametrize("number", [0, -1, 5])
def test_a_number_that_no_operation_has(workspace, number):
    with pytest.raises(KeyError):
        workspace.operations[number]


def test_forgetting_what_was_kept(workspace):
    write(workspace.path, {"model.json": "secret 1", "prompts/router.md": "secret 2"})
    workspace.restore(["."])
    write(workspace.path, {"model.json": "secret 3"})
    workspace.restore(["."])
    forgotten = workspace.forget(paths=["prompts"])
    (file,) = forgotten.dropped
    assert (file.path, file.size, file.operation) == ("prompts/router.md", 8, 5)
    assert forgotten.stayed == ()
    assert forgotten.operation == 7 == len(workspace.operations)
    assert workspace.operations[5].saved["model.json"].text() == "secret 1"
    with pytest.raises(contentvc.Missing):
        workspace.operations[5].saved["prompts/router.md"].read()
    dropped = workspace.forget([5, workspace.operations[6]]).dropped
    assert [(one.path, one.operation) for one in dropped] == [("model.json", 5), ("model.json", 6)]
    assert [one.number for one in workspace.operations if one.is_forgotten] == [6, 5]
    with pytest.raises(contentvc.ContentvcError) as caught:
        workspace.undo(6)
    assert "secret" not in str(caught.value)


def test_nothing_to_forget(workspace):
    with pytest.raises(contentvc.Usage, match="name"):
        workspace.forget()
    with pytest.raises(contentvc.Missing) as caught:
        workspace.forget([1])
    assert caught.value.code == "nothing-kept"


def test_rollback_of_everything_and_of_some_paths(workspace):
    old, new = workspace.at("v1"), workspace.head
    version = workspace.rollback(old, ["prompts"])
    assert kinds(version.changes()) == {"prompts/support.md": "modified"}
    assert text(workspace, "prompts/support.md") == "Be brief.\nBe polite.\n"
    version = workspace.rollback("v1", message="All", author="Eve <eve@example.org>")
    assert (version.message, version.author) == ("All", "Eve <eve@example.org>")
    assert (version.tree, version.parents[0].parents) == (old.tree, (new,))
    assert workspace.status().is_clean
    with pytest.raises(contentvc.Declined):
        workspace.rollback("v1")
    with pytest.raises(contentvc.Usage, match="not an author"):
        workspace.rollback("main~1", author="<>")


def test_rollback_and_what_is_in_the_way(workspace):
    write(workspace.path, {"model.json": "mine"})
    with pytest.raises(contentvc.Conflict):
        workspace.rollback("v1")
    workspace.rollback("v1", force=True)
    assert next(iter(workspace.operations)).saved["model.json"].text() == "mine"
    write(workspace.path, {"model.json": "mine"})
    workspace.rollback("main~1", discard=True)
    assert next(iter(workspace.operations)).saved is None


def test_amending_and_branching_off(workspace):
    old = workspace.head
    write(workspace.path, {"model.json": "{}"})
    version = workspace.commit(amend=True)
    assert (version.message, version.parents) == (old.message, old.parents)
    assert version.tree["model.json"].text() == "{}"
    assert workspace.commit("Better", amend=True).attributes == old.attributes
    with pytest.raises(contentvc.Usage, match="message"):
        workspace.commit()
    assert workspace.switch("new", create=True).version == workspace.branches["new"]
    with pytest.raises(contentvc.Conflict) as caught:
        workspace.switch("main", create=True)
    assert caught.value.code == "already-exists"


def test_stashes_are_pushed_looked_at_and_popped(workspace):
    assert (len(workspace.stashes), list(workspace.stashes)) == (0, [])
    write(workspace.path, {"model.json": "{}", "new.md": "new", "prompts/router.md": "Other.\n"})
    first = workspace.stashes.push("One", ["model.json", "new.md"])
    assert (first.number, first.message) == (1, "One")
    assert kinds(first.changes) == {"model.json": "modified", "new.md": "added"}
    assert (first.changes[1].new.text(), first.changes[0].old.size) == ("new", 39)
    assert kinds(workspace.status().changes) == {"prompts/router.md": "modified"}
    second = workspace.stashes.push()
    assert workspace.status().is_clean
    assert list(workspace.stashes) == [second, first]
    assert (workspace.stashes[1], len(workspace.stashes), first.time) == (
        first,
        2,
        first.version.time,
    )
    popped = workspace.stashes.pop(1)
    assert (popped.stash, popped.overwritten, popped.is_saved) == (first, (), False)
    assert (text(workspace, "new.md"), list(workspace.stashes)) == ("new", [second])
    assert workspace.stashes.pop().stash == second
    assert text(workspace, "prompts/router.md") == "Other.\n"
    with pytest.raises(contentvc.Missing):
        workspace.stashes.pop()
    with pytest.raises(KeyError):
        workspace.stashes[1]


def test_a_stash_and_what_is_in_its_way(workspace):
    write(workspace.path, {"model.json": "first"})
    stash = workspace.stashes.push()
    write(workspace.path, {"model.json": "second"})
    with pytest.raises(contentvc.Conflict) as caught:
        workspace.stashes.pop(stash)
    assert caught.value.code == "merge-conflict"
    popped = workspace.stashes.pop(stash, force=True)
    assert (popped.overwritten, popped.is_saved) == (("model.json",), True)
    assert text(workspace, "model.json") == "first"


def test_a_dropped_stash_comes_back_and_is_not_taken_for_another(workspace):
    write(workspace.path, {"model.json": "first"})
    stash = workspace.stashes.push()
    assert workspace.stashes.drop(stash) == stash
    assert stash.version.tree["model.json"].text() == "first"
    workspace.undo()
    assert list(workspace.stashes) == [stash]
    workspace.stashes.drop()
    write(workspace.path, {"model.json": "second"})
    assert workspace.stashes.push().number == stash.number
    for take in (workspace.stashes.pop, workspace.stashes.drop):
        with pytest.raises(contentvc.Missing) as caught:
            take(stash)
        assert caught.value.code == "unknown-stash"
    assert len(workspace.stashes) == 1
    with pytest.raises(contentvc.Declined) as caught:
        workspace.stashes.push()
    assert caught.value.code == "nothing-to-stash"
