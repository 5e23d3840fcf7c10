"""Compaction while ten processes read and write: every read is checked, and nothing is lost."""

import os
import subprocess
import sys

import contentvc
from contentvc.upkeep.sweep import pack_files
from tests.actions.site import Site

WRITERS = 4
READERS = 6
COMMITS = 25
FILES = 8
COMPACTIONS = 8
BUSY = 8
"""The exit code of a compaction that others were quicker than, again and again."""
PATIENCE = 240
"""Seconds after which something counts as stuck."""

CONTENT = """
def content(who, number, file):
    return f"{who}, version {number} of file {file}\\n" * (1 + 40 * (file % 3))
"""
WRITER = f"""
import contentvc, pathlib, sys
{CONTENT}
folder, who = sys.argv[1:]
workspace = contentvc.open(folder, author="Ada <ada@example.org>")
for number in range(1, {COMMITS}):
    for file in range({FILES}):
        path = pathlib.Path(folder, "data", f"{{file}}.txt")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content(who, number, file))
    workspace.commit(str(number))
"""
READER = f"""
import contentvc, random, sys
{CONTENT}
folder, seed = sys.argv[1:]
repository, chance, reads = contentvc.open_repository(folder), random.Random(seed), 0
old = repository.at("main")
while reads < 150:
    who = chance.choice({[f"w{n}" for n in range(WRITERS)]!r})
    version = repository.at(who)
    for _ in range(chance.randrange(10)):
        version = version.parents[0] if version.parents and version.message != "0" else version
    for file in range({FILES}):
        text = version.tree[f"data/{{file}}.txt"].text()
        assert text == content(who, int(version.message), file), text
    assert old.tree["first.txt"].text() == "here from the beginning\\n"
    reads += 1
"""
WRITER_NAMES = [f"w{number}" for number in range(WRITERS)]


def _start(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stderr=subprocess.PIPE)


def _program(site: Site, *arguments: str) -> int:
    script = os.path.join(os.path.dirname(sys.executable), "contentvc")
    ran = subprocess.run([script, *arguments], cwd=site.root, capture_output=True, check=False)
    assert ran.returncode in (0, BUSY), ran.stderr.decode()
    return ran.returncode


def _prepared(site: Site) -> dict[str, str]:
    """A working tree for each writer, on a branch that has its first version."""
    site.write({b"first.txt": b"here from the beginning\n"})
    site.commit("first")
    namespace: dict[str, object] = {}
    exec(CONTENT, namespace)  # noqa: S102 - the same function as in the processes
    folders = {}
    for name in WRITER_NAMES:
        folders[name] = os.path.join(os.path.dirname(os.fsdecode(site.root)), name)
        _program(site, "workspace", "add", folders[name], "--create", name)
        for file in range(FILES):
            path = os.path.join(folders[name], "data", f"{file}.txt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as text:
                text.write(namespace["content"](name, 0, file))  # type: ignore[operator]
        contentvc.open(folders[name], author="Ada <ada@example.org>").commit("0")
    return folders


def test_ten_processes_read_and_write_while_packs_are_compacted(tmp_path):
    site = Site(tmp_path / "site").init()
    folders = _prepared(site)
    folder = os.fsdecode(site.root)
    running = [_start(WRITER, path, name) for name, path in folders.items()]
    running += [_start(READER, folder, str(seed)) for seed in range(READERS)]
    for number in range(COMPACTIONS):
        _program(site, "compact", "--undo-window", str(30 * (number % 2)))
    for process in running:
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors.decode()
    assert _program(site, "compact") == 0
    verdict = site.verify()
    assert verdict.problems == ()
    repository = site.repository()
    assert set(pack_files(repository.storage)) == set(repository.view.packs)
    for name in WRITER_NAMES:
        versions = contentvc.open_repository(folder).at(name)
        assert versions.message == str(COMMITS - 1)
