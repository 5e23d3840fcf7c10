"""Ignore patterns mean what git means: compared with git itself, and bounded in time."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contentvc.worktree.ignore import IgnoreRules
from contentvc.worktree.patterns import parse_patterns

NAMES = [b"a", b"b", b"ab", b"a.b", b"[a]", b"a b", b"a ", b"\xe9", b"a-b", b"]", b"\\a", b"A", b"!a", b"#a"]  # fmt: skip


def tree(root: Path) -> list[tuple[bytes, bool]]:
    paths: list[tuple[bytes, bool]] = []
    top = os.fsencode(root)
    for first in NAMES:
        os.mkdir(top + b"/" + first)
        paths.append((first, True))
        for second in (b"a", b"b", b"ab"):
            os.mkdir(top + b"/" + first + b"/" + second)
            paths.append((first + b"/" + second, True))
            for third in NAMES:
                path = first + b"/" + second + b"/" + third
                with open(top + b"/" + path, "wb"):
                    paths.append((path, False))
    for name in (b"f", b"a.txt", b"bb", b"a,b"):
        with open(top + b"/" + name, "wb"):
            paths.append((name, False))
    os.symlink(b"a", top + b"/link")
    return [*paths, (b"link", False)]


@pytest.fixture(scope="module")
def beside_git(tmp_path_factory) -> tuple[Path, list[tuple[bytes, bool]]]:
    root = tmp_path_factory.mktemp("ignored")
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "config", "core.excludesFile", "/dev/null"], check=True)
    return root, tree(root)


def ask_git(root: Path, paths: list[tuple[bytes, bool]]) -> list[tuple[bytes, bytes, bytes]]:
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin", "-v", "-n"],
        cwd=root,
        input=b"\0".join(path for path, _ in paths) + b"\0",
        capture_output=True,
        check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr
    fields = answer.stdout.split(b"\0")[:-1]
    return list(zip(fields[0::4], fields[1::4], fields[2::4], strict=True))


pieces = st.one_of(
    st.sampled_from(
        [b"a", b"b", b"ab", b".", b"*", b"**", b"/", b"?", b"**/", b"/**", b"/**/", b"[ab]", b"[!a]",
         b"[^a]", b"[a-c]", b"[]a]", b"[!]]", b"[[]", b"[[:alpha:]]", b"[[:punct:][:space:]]", b"[[:nope:]]",
         b"[a", b"[[:a]", b"[a-]", b"[-a]", b"[b-a]", b"[\\a]", b"[\\]]", b"[a-\\c]", b"\\", b"\\a", b"\\*", b"\\[", b"\\ ", b" ", b"!", b"#",
         b"\xe9", b"-", b"]", b"A", b"*.b", b"txt", b"\\/", b"[/]", b"[!/]", b"[+-0]"]
    ),
    st.binary(min_size=1, max_size=2).filter(lambda b: b"\0" not in b and b"\n" not in b),
)  # fmt: skip
line = st.tuples(
    st.sampled_from([b"", b"", b"!", b"/"]),
    st.lists(pieces, min_size=1, max_size=5),
    st.sampled_from([b"", b"", b"/", b" ", b"\r", b"/*"]),
).map(lambda parts: parts[0] + b"".join(parts[1]) + parts[2])
files = st.dictionaries(
    st.sampled_from([b"", b"a/", b"ab/", b"a/b/", b"b/a/"]),
    st.lists(line, max_size=6).map(b"\n".join),
    max_size=3,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files)
def test_same_verdicts_as_git(beside_git, contents):
    root, paths = beside_git
    written = [os.path.join(os.fsencode(root), folder, b".gitignore") for folder in contents]
    for path, content in zip(written, contents.values(), strict=True):
        with open(path, "wb") as file:
            file.write(content)
    try:
        rules = IgnoreRules(os.fsencode(root), use_git=True)
        expected = ask_git(root, paths)
        for (path, is_folder), theirs in zip(paths, expected, strict=True):
            ours = rules.verdict(path, is_folder=is_folder)
            line = str(ours.line).encode() if ours.pattern else b""
            assert (ours.source, line) == theirs[:2], (path, theirs, contents)
            assert ours.ignored == (bool(theirs[2]) and not theirs[2].startswith(b"!")), path
    finally:
        for path in written:
            os.unlink(path)


@pytest.mark.parametrize(
    "pattern",
    [
        b"*a" * 100 + b"b",
        b"**/a/" * 60 + b"b",
        b"**/*a*a*a*a*a/" * 20 + b"b",
        b"/" + b"?*" * 60 + b"x",
        b"a**" * 80 + b"/x",
    ],
)
def test_no_pattern_takes_long(pattern):
    (parsed,) = parse_patterns(pattern)
    assert not parsed.matches(b"a" * 255)
    assert not parsed.matches(b"a/" * 250 + b"a")
    assert not parsed.matches((b"a" * 30 + b"/") * 60 + b"a")


def test_lines():
    parsed = parse_patterns(b"\xef\xbb\xbf# comment\n\na  \r\n!b/\n/\n!\n c\\ \n\\#d")
    assert [(p.text, p.line) for p in parsed] == [
        (b"a", 3), (b"!b/", 4), (b" c\\ ", 7), (b"\\#d", 8)
    ]  # fmt: skip
    assert [p.includes for p in parsed] == [False, True, False, False]
    assert parsed[1].folders_only
    assert parsed[2].matches(b" c ")
    assert parsed[3].matches(b"#d")
