"""Two revisions of a real evaluation suite, through everything a person does with them.

Where the archives are not at hand, the same walk is done with content made here.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.datasets import Absent, Version, lm_eval
from tests.cli.terminal import start

READER = Path(__file__).parents[2] / "docs" / "reader" / "reader.py"


def made() -> tuple[Version, Version]:
    first = {f"tasks/{n % 7}/task-{n}.yaml": b"task: %d\nmetric: acc\n" % n for n in range(300)}
    second = {path: text for path, text in first.items() if not path.endswith("3.yaml")}
    second |= {path: text + b"version: 2\n" for path, text in second.items() if "/4/" in path}
    second |= {"tasks/large.bin": os.urandom(700_000), "tasks/run.sh": b"#!/bin/sh\n"}
    second["tasks/empty"] = b""
    return Version(first), Version(second, frozenset({"tasks/run.sh"}))


@pytest.fixture(scope="module")
def versions():
    try:
        return lm_eval()
    except Absent:
        return made()


@pytest.fixture(scope="module")
def suite(versions, tmp_path_factory):
    """A repository with both revisions committed one after the other, on main."""
    root = tmp_path_factory.mktemp("suite")
    contentvc(root, "init")
    for number, version in enumerate(versions, 1):
        write(root, version)
        report = contentvc(root, "commit", "-m", f"revision {number}")
        assert report["bytes"]["total"] == version.total_bytes
        assert contentvc(root, "status")["clean"]
    contentvc(root, "tag", "v1", "HEAD~1")
    contentvc(root, "tag", "v2")
    return root


def contentvc(root: Path, *arguments: str) -> dict:
    done = start("--json", *arguments, cwd=root)
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


def write(root: Path, version: Version) -> None:
    for path in root.iterdir():
        if path.name != ".contentvc":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, content in version.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755 if name in version.executables else 0o644)


def read(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".contentvc" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_the_diff_names_exactly_what_differs(suite, versions):
    old, new = (version.files for version in versions)
    report = contentvc(suite, "diff", "v1", "v2")
    told = {change["path"] for change in report["changes"]}
    told |= {change["old_path"] for change in report["changes"] if change["old_path"]}
    modes = {path for path in old.keys() & new.keys() if differs_in_mode(versions, path)}
    assert told == modes | {
        path for path in old.keys() | new.keys() if old.get(path) != new.get(path)
    }


def differs_in_mode(versions, path: str) -> bool:
    return (path in versions[0].executables) != (path in versions[1].executables)


def test_switching_to_each_revision_gives_its_files_byte_for_byte(suite, versions):
    old, new = versions
    contentvc(suite, "switch", "--create", "earlier", "v1")
    assert read(suite) == dict(old.files)
    assert contentvc(suite, "status")["clean"]
    contentvc(suite, "switch", "main")
    assert read(suite) == dict(new.files)
    assert contentvc(suite, "status")["clean"]


def test_a_folder_is_restored_from_the_earlier_revision(suite, versions):
    old, new = (version.files for version in versions)
    top = min(path.split("/", 1)[0] for path in old)
    below = {path: text for path, text in old.items() if path.startswith(top + "/")}
    contentvc(suite, "restore", top, "--source", "v1")
    assert read(suite) == {**new, **below}
    contentvc(suite, "restore", top)
    assert read(suite) == {**below, **new}, "what only the earlier revision has is new here"
    for path in below.keys() - new.keys():
        (suite / path).unlink()
    assert contentvc(suite, "status")["clean"]


@pytest.mark.parametrize("number", [0, 1])
def test_both_readers_give_every_file_back(suite, versions, number, tmp_path):
    files, revision = versions[number].files, f"v{number + 1}"
    listed = contentvc(suite, "ls", "-r", revision)
    assert {one["path"] for one in listed["entries"]} == set(files)
    some = sorted(files)[:: max(1, len(files) // 5)]
    for path in some:
        assert start("cat", f"{revision}:{path}", cwd=suite).stdout == files[path]
    repository, out = suite / ".contentvc" / "repository", tmp_path / "out"
    command = [sys.executable, READER, repository, revision, out]
    subprocess.run(command, check=True, capture_output=True)
    assert read(out) == dict(files)


def test_all_of_it_is_sound(suite):
    verdict = contentvc(suite, "verify")
    assert (verdict["ok"], verdict["problems"]) == (True, [])
