"""Real configs, where the archives are beside the project, and made ones everywhere."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.datasets import Absent, lm_eval
from contentvc.formats.contract import Labels
from contentvc.formats.fields import is_same
from contentvc.formats.items import Piece
from contentvc.formats.problems import Unfit
from contentvc.formats.registry import merge_file
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of
from tests.formats.structured.documents import of, read, three
from tests.formats.structured.test_laws import LANGUAGES, pieces, slow

LABELS = Labels("base", "ours", "theirs")
MADE = b"""\
# A task of a suite.
group: [math, reasoning]   # both
task: gsm8k
dataset_kwargs: &kwargs
    trust_remote_code: true
process_docs: !function utils.process_docs
doc_to_text: |
  Question: {{question}}

  Answer:
metric_list:
  - metric: exact_match
    aggregation: mean # of all
    regexes_to_ignore:
      - ","
      - "\\\\$"
filter_list:
- name: "strict-match"
  filter:
  - {function: "regex", regex_pattern: "#### (\\\\-?[0-9]+)"}
- name: flexible
metadata:
  <<: *kwargs
  version: 3.0
"""


def configs():
    yield MADE
    yield MADE.replace(b"\n", b"\r\n")
    yield b"\xef\xbb\xbf" + MADE.rstrip(b"\n")
    try:
        versions = lm_eval()
    except Absent:
        return
    for version in versions:
        names = sorted(name for name in version.files if name.endswith((".yaml", "_yaml")))
        yield from (version.files[name] for name in names[::60])


@pytest.fixture(scope="module")
def readable():
    found = []
    for content in configs():
        try:
            read("yaml", content)
        except Unfit:
            continue
        found.append(content)
    return found


def test_real_configs_are_their_pieces_and_do_not_differ_from_themselves(readable):
    for content in readable:
        assert pieces(read("yaml", content)).encode() == content
        assert of("yaml").diff(source_of(content), source_of(content), NO_RULES).changes == ()


def test_real_configs_merge_with_an_unchanged_side(readable):
    for content in readable:
        edited = content + b"# the end\n"
        for ours, theirs in ((content, content), (content, edited), (edited, content)):
            merged, _ = merge_file(b"a.yaml", content, ours, theirs, LABELS, None, NO_RULES)
            assert (merged.conflicts, merged.content) == ((), max(ours, theirs, key=len))


def test_real_configs_take_an_edit_of_one_key_on_each_side(readable):
    for content in readable:
        value = read("yaml", content).root.value
        keys = [key for key, one in value.items() if isinstance(one, str | int)][:2]
        if len(keys) < 2:
            continue
        ours, theirs = (of("yaml").put(content, (k,), Piece("new"), NO_RULES) for k in keys)
        merged = of("yaml").merge(content, ours, theirs, LABELS, None, NO_RULES)
        both = of("yaml").put(ours, (keys[1],), Piece("new"), NO_RULES)
        assert (merged.conflicts, merged.content) == ((), both)
        lines = [x for x in content.splitlines() if x.strip().startswith(b"#")]
        assert all(one in merged.content for one in lines)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_where_git_merges_what_parses_the_bytes_are_git_s(tmp_path):
    base = MADE
    sides = (MADE.replace(b"gsm8k", b"gsm9k"), MADE.replace(b"3.0", b"4.0") + b"# end\n")
    names = [tmp_path / name for name in ("ours", "base", "theirs")]
    for name, content in zip(names, (sides[0], base, sides[1]), strict=True):
        name.write_bytes(content)
    done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, check=True)
    assert of("yaml").merge(base, *sides, LABELS, None, NO_RULES).content == done.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
@pytest.mark.parametrize("name", LANGUAGES)
@settings(slow, max_examples=8)
@given(st.data())
def test_where_git_s_merge_says_what_the_values_do_its_bytes_are_ours(name, data):
    versions = data.draw(three(name))
    merged, _ = merge_file(b"a." + name.encode(), *versions, LABELS, None, NO_RULES)
    by_git = git_s_merge(*versions)
    if by_git is not None and not merged.conflicts and is_read_as(name, by_git, merged.content):
        assert merged.content == by_git


def git_s_merge(base, ours, theirs):
    """What git merges without a conflict."""
    with tempfile.TemporaryDirectory() as folder:
        names = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for name, content in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(content)
        done = subprocess.run(["git", "merge-file", "-p", *names], capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None


def is_read_as(name, content, other):
    try:
        return is_same(read(name, content).root.value, read(name, other).root.value)
    except Unfit:
        return False
