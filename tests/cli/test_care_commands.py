"""verify, operations and check-ignore."""

from dataclasses import replace

import pytest

from contentvc.history.draft import Draft, RefMove
from contentvc.ids import operation_id
from contentvc.snapshots.operation import encode_operation
from tests.cli.scenery import grown, planted, visitor
from tests.history.scenes import WORKSPACE


@pytest.fixture
def ground(tmp_path):
    folder = tmp_path / "ground"
    folder.mkdir()
    grown(folder)
    return folder, visitor(folder, tmp_path)


def test_a_sound_repository_is_told_in_one_line(ground):
    _, terminal = ground
    for flags in ((), ("--quick",)):
        ran = terminal.run("verify", *flags)
        assert (ran.code, ran.err, ran.out.count("\n")) == (0, "", 1)
        assert ran.out.startswith("all is sound: 24 objects in 5 packs (")
    assert terminal.run("verify", "--at-operation", "2").code == 2


def test_damage_exits_with_1_and_names_what_it_touches(ground):
    folder, terminal = ground
    pack = max(
        (folder / ".contentvc/repository/packs").iterdir(), key=lambda one: one.stat().st_size
    )
    octets = bytearray(pack.read_bytes())
    octets[20] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(octets)
    ran = terminal.run("verify")
    assert ran.code == 1
    assert ran.out.startswith("damaged: ")
    assert "    touches docs/guide.md in commit " in ran.out
    assert terminal.run("verify", "--json").json["ok"] is False
    assert terminal.run("verify", "--quick").code == 0  # content is not read
    pack.unlink()
    missing = terminal.run("verify", "--quick", "--json")
    assert (missing.code, missing.json["ok"]) == (1, False)


def test_a_damaged_cache_is_told_and_does_no_harm(tmp_path):
    scene, terminal = planted(tmp_path), visitor(tmp_path, tmp_path)
    for number in range(20):  # enough packs for a segment of the index
        scene.commit({b"a": b"%d" % number})
    segment = next((tmp_path / ".contentvc/repository/indexes").iterdir())
    octets = bytearray(segment.read_bytes())
    octets[len(octets) // 2] ^= 1
    segment.chmod(0o644)
    segment.write_bytes(octets)
    ran = terminal.run("verify")
    assert ran.code == 0
    assert ran.out.startswith("all is sound: ")
    assert "a cache is damaged and will be made anew: indexes/" in ran.out
    (problem,) = terminal.run("verify", "--json").json["problems"]
    assert (problem["what"], problem["cache"]) == ("index", True)


def test_a_damaged_operation_is_told(ground):
    folder, terminal = ground
    stored = folder / ".contentvc/repository/operations" / f"{3:020}"
    octets = bytearray(stored.read_bytes())
    octets[50] ^= 1
    stored.chmod(0o644)
    stored.write_bytes(octets)
    ran = terminal.run("verify")
    assert ran.code == 1
    assert "operation:\n  operations/00000000000000000003  " in ran.out


def test_what_was_taken_back_is_marked(tmp_path):
    scene = planted(tmp_path)
    terminal = visitor(tmp_path, tmp_path)
    one = scene.commit({b"a": b"1"})
    repository = scene.repository

    def append(kind, move, **fields):
        draft = Draft(kind, "Bo <bo@example.org>", WORKSPACE, ("undo",), refs=(move,))
        repository.append(replace(draft, **fields))

    tag = "tag/v"
    append("tag", RefMove(tag, None, one))  # 3
    append("undo", RefMove(tag, one, None), undoes=(3,))  # 4
    append("redo", RefMove(tag, None, one), undoes=(4,), redoes=(3,))  # 5
    append("tag", RefMove(tag, one, None), saved=repository.commit(one).tree)  # 6
    append("undo", RefMove(tag, None, one), undoes=(6,))  # 7
    listed = terminal.run("operations", "--json").json["operations"]
    assert {one["sequence"]: one["undone_by"] for one in listed} == {
        7: None, 6: 7, 5: None, 4: 5, 3: None, 2: None, 1: None,
    }  # fmt: skip
    text = terminal.run("operations").out
    assert "6  3 years ago     tag         Bo <bo@example.org>  undone by 7\n" in text
    assert f"restore PATH --source {repository.commit(one).tree.hex()[:12]}\n" in text
    assert "   undoes 4\n   redoes 3\n" in text
    # As of operation 6 nobody has taken it back yet.
    earlier = terminal.run("operations", "--json", "--at-operation", "6").json["operations"]
    assert (earlier[0]["sequence"], earlier[0]["undone_by"]) == (6, None)


def test_a_void_operation_is_marked(tmp_path):
    scene = planted(tmp_path)
    terminal = visitor(tmp_path, tmp_path)
    commit = scene.commit({b"a": b"1"})
    repository = scene.repository
    description, view = repository.description, repository.view
    move = RefMove("tag/v", None, commit)
    late = Draft("tag", "Bo <bo@example.org>", WORKSPACE, refs=(move,)).at(
        view, description.repository, description.replica, bytes(16), view.time
    )
    late = replace(late, refs=(replace(late.refs[0], old=commit),))
    encoded = encode_operation(late)
    repository.storage.create(f"operations/{3:020}", operation_id(encoded) + encoded)
    ran = terminal.run("operations", "-n", "1")
    assert "  void: another was quicker, so it changed nothing\n" in ran.out
    assert terminal.run("operations", "-n", "1", "--json").json["operations"][0]["void"] is True
    assert terminal.run("tag").out == ""


def test_the_newest_operations_of_a_log_with_bundles(tmp_path, monkeypatch):
    from contentvc import limits

    monkeypatch.setattr(limits, "BUNDLE_OPERATIONS", 4)
    scene = planted(tmp_path)
    terminal = visitor(tmp_path, tmp_path)
    commit = scene.commit({b"a": b"1"})
    for number in range(9):
        scene.move(f"tag/{number}", commit)
    numbers = [one["sequence"] for one in terminal.run("operations", "--json").json["operations"]]
    assert numbers == list(range(11, 0, -1))
    few = terminal.run("operations", "--json", "-n", "2").json["operations"]
    assert [one["sequence"] for one in few] == [11, 10]
    assert terminal.run("operations", "-n", "0").out == ""


def test_another_workspace_is_named(ground, tmp_path):
    _, terminal = ground
    listed = terminal.run("operations", "--json", "-n", "1").json["operations"][0]
    assert (listed["here"], listed["workspace"]) == (True, WORKSPACE.hex())


def test_why_a_path_is_ignored(ground):
    folder, terminal = ground
    (folder / ".contentvcignore").write_text("*.log\n!keep.log\nbuild/\n")
    (folder / "docs/.contentvcignore").write_text("draft*\n")
    (folder / "build").mkdir()
    ran = terminal.run("check-ignore", "a.log", "keep.log", "build/x", "docs/draft.md", "docs")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "a.log          .contentvcignore:1:*.log",
        "build/x        .contentvcignore:3:build/",
        "docs/draft.md  docs/.contentvcignore:1:draft*",
    ]
    inside = terminal.run("-C", "docs", "check-ignore", "draft.md", "../a.log")
    assert inside.out.splitlines() == [
        "draft.md  .contentvcignore:1:draft*",
        "../a.log  ../.contentvcignore:1:*.log",
    ]


def test_nothing_ignored_exits_with_1(ground):
    _, terminal = ground
    assert terminal.run("check-ignore", "docs", ".").code == 1
    assert terminal.run("check-ignore", "docs").out == ""
    assert terminal.run("check-ignore", "-v", ".").out == ".  no rule\n"
    ran = terminal.run("check-ignore", "--json", "docs")
    assert (ran.code, ran.json["paths"][0]["ignored"]) == (1, False)
    assert terminal.run("check-ignore").code == 2
    assert terminal.run("check-ignore", "../x").code == 2


def test_gitignore_counts_where_it_is_switched_on(ground):
    folder, terminal = ground
    (folder / ".gitignore").write_text("*.tmp\n")
    assert terminal.run("check-ignore", "a.tmp").code == 1
    assert terminal.run("config", "ignore.git", "true").code == 0
    assert terminal.run("check-ignore", "a.tmp").out == "a.tmp  .gitignore:1:*.tmp\n"


def test_its_own_folder_is_never_recorded(ground):
    _, terminal = ground
    ran = terminal.run("check-ignore", ".contentvc/repository")
    assert ran.out == ".contentvc/repository  built-in:.contentvc\n"
