"""A week's work, told by contentvc and by git: the same files in the end, and nothing of the key."""

import os
import subprocess

import pytest

from benchmarks.datasets import Absent, lm_eval
from benchmarks.tellers import ContentvcTeller, GitTeller
from benchmarks.week import SECRET, Week, made_suite
from tests.e2e.test_real_content import contentvc


@pytest.fixture(scope="module", params=["made", "real"])
def suite(request):
    if request.param == "made":
        return made_suite()
    try:
        return lm_eval()
    except Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="module")
def told(suite, tmp_path_factory):
    """Both working trees after the week, and the files that each ended with."""
    folder = tmp_path_factory.mktemp("week")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    tellers = {teller.name: teller(folder, environment) for teller in (ContentvcTeller, GitTeller)}
    final = {name: Week(one, folder / name, suite).tell() for name, one in tellers.items()}
    return folder, tellers, final


def test_both_end_with_the_same_files(told):
    _, _, final = told
    assert final["contentvc"] == final["git"]


def test_every_commit_on_main_of_the_one_is_one_of_the_other(told):
    folder, _, _ = told
    argv = ["git", "log", "--first-parent", "--format=%s", "main"]
    theirs = subprocess.run(argv, cwd=folder / "git", capture_output=True, check=True, text=True)
    commits = contentvc(folder / "contentvc", "log")["commits"]
    ours = {commit["message"].splitlines()[0] for commit in commits}
    # A merge is named by who makes it.
    named = {line for line in theirs.stdout.splitlines() if not line.startswith("Merge ")}
    assert named <= ours


def test_no_file_of_the_repository_holds_the_key(told):
    folder, _, _ = told
    for path in (folder / "contentvc" / ".contentvc").rglob("*"):
        assert not path.is_file() or SECRET not in path.read_bytes(), path


def test_the_repository_is_sound_and_clean(told):
    folder, _, _ = told
    assert contentvc(folder / "contentvc", "status")["clean"]
    assert contentvc(folder / "contentvc", "verify")["ok"]


def test_the_repository_is_no_larger_than_gits(told, suite):
    _, tellers, _ = told
    if suite[1].total_bytes < 1_000_000:
        pytest.skip("a few files say nothing about size")
    assert tellers["contentvc"].stored() <= tellers["git"].stored()
