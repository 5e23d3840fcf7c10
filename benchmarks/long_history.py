"""5,000 commits of twenty edits each, and what the commands that look back take over them."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Job
from benchmarks.commands import Failed, Work
from benchmarks.datasets import Edits, five_thousand
from benchmarks.rows import CONTENTVC, GIT, VERSION

if TYPE_CHECKING:
    from contentvc.ids import ObjectId
    from contentvc.objects.writing import Writing
    from contentvc.repository import Repository

__all__ = ["measure_long_history"]

_GROUP: Final = "long-history"
_COMMITS: Final = 5_000
_PER_PACK: Final = 100
_START: Final = 1_700_000_000
_MINUTE: Final = 60
_AUTHOR: Final = "Benchmark <benchmark@content.example>"


def measure_long_history(bench: Bench) -> None:
    """The same history on both sides, made without their command lines; then `log` of it.

    Raises:
        Failed: a command failed, or the two sides name different commits.
    """
    folder = bench.folder / _GROUP
    for side in bench.sides:
        (folder / side.name).mkdir(parents=True)
        side.prepare(folder / side.name)
    commits = max(2, round(_COMMITS * bench.scale))
    _append(folder / CONTENTVC, _history(commits))
    _import(folder / GIT, _history(commits), bench.environment)
    file, parent = _looked_for(commits)
    works: dict[str, list[str]] = {
        "log-path": ["log", "--", file],
        "log-folder": ["log", "--", parent],
        "log": ["log"],
        "log-ten": ["log", "-n", "10"],
        "log-oneline": ["log", "--oneline"],
        "log-graph": ["log", "--graph", "--oneline", "--all"],
    }
    for name, arguments in works.items():
        if bench.wants(f"{_GROUP}/{name}"):
            _measure(bench, folder, name, arguments)


def _measure(bench: Bench, folder: Path, name: str, arguments: list[str]) -> None:
    works: dict[str, Work] = {side.name: ((side.program, *arguments),) for side in bench.sides}
    jobs = [Job(party, work, folder / party) for party, work in works.items()]
    shown = {job.party: _numbers(bench.ask(job.work, job.folder)) for job in jobs}
    if shown[CONTENTVC] != shown[GIT] or not shown[GIT]:
        raise Failed(f"{' '.join(arguments)}: the two sides name different commits")
    jobs.append(Job(VERSION, bench.ours.version(), folder / CONTENTVC))
    bench.rounds(f"{_GROUP}/{name}", jobs)


def _numbers(output: bytes) -> list[bytes]:
    """The commits that an output names, by the numbers in their messages."""
    return [line.rpartition(b" ")[2] for line in output.splitlines() if b"edits number " in line]


def _looked_for(commits: int) -> tuple[str, str]:
    """A file that the last commits edited, and the folder it lies in."""
    *_, last = _history(commits)
    file = Random(commits).choice(sorted(last))
    return file, file.rpartition("/")[0]


def _history(commits: int) -> Iterator[Mapping[str, bytes]]:
    edits: Edits = five_thousand()
    yield edits.version.files
    for _ in range(commits - 1):
        yield edits.next()


def _append(folder: Path, history: Iterator[Mapping[str, bytes]]) -> None:
    """Through the rooms below the command line, a hundred commits to a pack as if compacted."""
    from contentvc.actions.covering import UNCOVERED, cover, path_index
    from contentvc.history.draft import Draft, RefMove, WorkspaceMove
    from contentvc.history.log import Clockwork
    from contentvc.repository import Repository
    from contentvc.snapshots.operation import Head
    from contentvc.storage.local import LocalStorage
    from contentvc.surroundings.world import World

    world = World.current()
    clockwork = Clockwork(world.now, world.random, world.pause)
    storage = LocalStorage(str(folder / ".contentvc" / "repository"))
    repository = Repository.open(storage, clockwork)
    (workspace,) = repository.view.workspaces
    numbered = enumerate(history)
    while some := list(islice(numbered, _PER_PACK)):
        head = repository.view.workspaces[workspace].head
        with repository.writing() as writing:
            commits = list(_commits(repository, writing, head.commit, some))
            packs = writing.finish()
            draft = Draft(
                "commit",
                _AUTHOR,
                workspace,
                refs=(RefMove("branch/main", head.commit, commits[-1]),),
                workspaces=(WorkspaceMove(workspace, head, Head("branch/main", commits[-1])),),
                added=packs,
                written_at=repository.written_at,
            )
            writing.publish()
            repository.append(draft)
        for start in range(0, len(commits), UNCOVERED):
            cover(repository, path_index(repository), commits[start : start + UNCOVERED])


def _commits(
    repository: "Repository",
    writing: "Writing",
    last: "ObjectId | None",
    numbered: list[tuple[int, Mapping[str, bytes]]],
) -> Iterator["ObjectId"]:
    from contentvc.changes.edit import FileEdit, edit_tree
    from contentvc.ids import ObjectId
    from contentvc.snapshots.commit import Commit, encode_commit
    from contentvc.snapshots.tree import Entry, Mode, decode_tree

    unpublished: dict[ObjectId, tuple[Entry, ...]] = {}

    def entries(identifier: ObjectId) -> tuple[Entry, ...]:
        return unpublished.get(identifier) or repository.entries(identifier)

    def put(encoded: bytes) -> ObjectId:
        identifier = writing.put_tree(encoded)
        unpublished[identifier] = decode_tree(encoded).entries
        return identifier

    base = repository.commit(last).tree if last else None
    for number, files in numbered:
        edits = {
            path.encode(): FileEdit(Mode.FILE, len(content), writing.put_blob(content))
            for path, content in sorted(files.items())
        }
        base, _ = edit_tree(entries, base, edits, put)
        time = (_START + number * _MINUTE) * 1_000_000
        parents = (last,) if last else ()
        commit = Commit(base, parents, _AUTHOR, time, 0, f"edits number {number}")
        last = writing.put_commit(encode_commit(commit))
        yield last


def _import(
    folder: Path, history: Iterator[Mapping[str, bytes]], environment: Mapping[str, str]
) -> None:
    """By `git fast-import`, into one pack."""
    with tempfile.TemporaryFile() as stream:
        for number, files in enumerate(history):
            stream.write(_stated(number, files))
        stream.seek(0)
        subprocess.run(
            ["git", "fast-import", "--quiet"],
            cwd=folder,
            env=environment,
            stdin=stream,
            check=True,
        )


def _stated(number: int, files: Mapping[str, bytes]) -> bytes:
    message = f"edits number {number}".encode()
    when = _START + number * _MINUTE
    head = f"commit refs/heads/main\ncommitter {_AUTHOR} {when} +0000\ndata {len(message)}\n"
    parts = [head.encode(), message, b"\n"]
    for path, content in files.items():
        parts.append(f"M 100644 inline {path}\ndata {len(content)}\n".encode())
        parts += [content, b"\n"]
    return b"".join(parts)
