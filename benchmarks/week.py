"""A week's work on an evaluation suite: one story, told by contentvc and by git.

The edits are those that lie between two real revisions of the suite, and some by hand where two
people are at the same line. Where the archives of it are absent, a small suite stands in for it.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.commands import Failed
from benchmarks.datasets import Version, lm_eval
from benchmarks.tellers import ContentvcTeller, GitTeller, Teller
from benchmarks.trees import check_version, put_version, remove_folder

__all__ = ["SECRET", "Suite", "Week", "made_suite", "measure_week"]

_ROW: Final = "week/stored"
_TASKS: Final = "lm_eval/tasks/"
_EVALS: Final = "Evals <evals@content.example>"
_MATHS: Final = "Maths <maths@content.example>"
_LANGUAGES: Final = "Languages <languages@content.example>"
_GSM8K: Final = f"{_TASKS}gsm8k/gsm8k.yaml"
_SCRAMBLED: Final = f"{_TASKS}unscramble/cycle_letters.yaml"
_MADE: Final = ["kmmlu", "mmlu", "gsm8k", "arithmetic", "unscramble", "truthfulqa", "afrimmlu"]
_KEY: Final = f"{_TASKS}judge/judge.yaml"
SECRET: Final = b"sk-live-51H8xQ0vJ2mR7tYbN4cW6dZ1"
"""What must not be found anywhere in the end."""

Suite = tuple[Version, Version]
"""The suite as the week begins, and as it is to be in the end."""


def measure_week(bench: Bench) -> None:
    """What both repositories take when the week is over and everything is packed.

    Raises:
        Failed: a command failed, or the two do not end with the same files.
        Absent: the suite is not at hand.
    """
    suite = lm_eval()
    folder = bench.folder / "week"
    tellers: tuple[Teller, ...] = (
        ContentvcTeller(folder, bench.environment),
        GitTeller(folder, bench.environment),
    )
    final = {teller.name: Week(teller, folder / teller.name, suite).tell() for teller in tellers}
    if final["git"] != final["contentvc"]:
        raise Failed("the two tellers do not end with the same files")
    for teller in tellers:
        check_version(folder / teller.name, final[teller.name])
        bench.record(_ROW, teller.name, teller.stored())
    bench.note(_ROW, "\n" + tellers[0].graph())


def made_suite() -> Suite:
    """A suite of some dozen files with the folders that the story is about."""
    first = {
        f"{_TASKS}{folder}/{name}.yaml": _task(folder, name)
        for folder in (
            "kmmlu",
            "mmlu",
            "gsm8k",
            "arithmetic",
            "unscramble",
            "truthfulqa",
            "afrimmlu",
        )
        for name in ("default", "easy", "hard", "gsm8k", "cycle_letters")
    }
    second = {path: text.replace(b"version: 1", b"version: 2") for path, text in first.items()}
    second |= {f"{_TASKS}global/{n}.yaml": _task("global", f"part {n}") for n in range(40)}
    del second[f"{_TASKS}afrimmlu/hard.yaml"]
    return Version(first), Version(second)


def _task(folder: str, name: str) -> bytes:
    lines = [f"task: {folder}_{name}", "output_type: generate_until", "num_fewshot: 5"]
    lines += [f"question_{n}: what is {n} in {folder}?" for n in range(12)]
    return "\n".join([*lines, "metadata:", "  version: 1", ""]).encode()


class Week:
    """The story. Each day is a method; what is written stands in `files` as on disk."""

    def __init__(self, teller: Teller, folder: Path, suite: Suite) -> None:
        self._teller = teller
        self._folder = folder
        self._first, self._second = suite
        self._held: dict[str, dict[str, bytes]] = {}
        self._branch = "main"
        remove_folder(folder)
        folder.mkdir(parents=True)

    def tell(self) -> Version:
        """All days in turn; the files in the end."""
        for day in (self._monday, self._tuesday, self._wednesday, self._thursday, self._friday):
            day()
        return self._on_disk()

    def _monday(self) -> None:
        """The suite is imported; two teams branch off."""
        teller = self._teller
        teller.begin()
        put_version(self._folder, self._first)
        teller.commit("Import the evaluation suite", _EVALS)
        teller.tag("suite-1")
        teller.start("korean")
        self._bring("kmmlu", "Korean MMLU: read from the new dataset", _LANGUAGES)
        self._switch("main")
        teller.start("maths")
        self._bring("gsm8k", "GSM8K: answers are extracted more strictly", _MATHS)
        self._edit(_GSM8K, b"num_fewshot: 5", b"num_fewshot: 8")
        teller.commit("GSM8K: eight examples, as in the paper", _MATHS)
        self._switch("main")
        self._bring("mmlu", "MMLU: one description for all subjects", _EVALS)

    def _tuesday(self) -> None:
        """Both come back; two people were at the same line."""
        teller = self._teller
        self._edit(_GSM8K, b"num_fewshot: 5", b"num_fewshot: 4")
        teller.commit("GSM8K: four examples, to fit short contexts", _EVALS)
        self._merge("korean", {})
        self._merge("maths", {_GSM8K: self._eight_examples})
        teller.end("korean")
        teller.end("maths")

    def _wednesday(self) -> None:
        """A folder is renamed while somebody works in it, and a file edited that others delete."""
        teller = self._teller
        teller.start("arithmetic-fixes")
        self._bring("arithmetic", "Arithmetic: numbers are compared as numbers", _MATHS)
        self._write({f"{_TASKS}arithmetic/NOTES.md": b"# Notes\n\nCarry is not borrowed.\n"})
        teller.commit("Arithmetic: notes on what the tasks measure", _MATHS)
        self._switch("main")
        self._rename("arithmetic", "arithmetic_basic")
        teller.commit("Arithmetic is the basic set now", _EVALS)
        self._merge("arithmetic-fixes", {})
        teller.start("unscramble-hints")
        self._edit(_SCRAMBLED, b"metadata:", b"# The letters are shuffled once.\nmetadata:")
        teller.commit("Unscramble: say how letters are shuffled", _LANGUAGES)
        self._switch("main")
        (self._folder / _SCRAMBLED).unlink()
        teller.commit("Unscramble: drop the cycled letters, they are too easy", _EVALS)
        self._merge("unscramble-hints", {_SCRAMBLED: lambda: teller.take_theirs(_SCRAMBLED)})

    def _thursday(self) -> None:
        """Picks, reverts, a rollback thought better of, and a key that should not be there."""
        teller = self._teller
        teller.start("experiment")
        for number, examples in enumerate((1, 2, 3)):
            path = f"{_TASKS}truthfulqa/few_{examples}.yaml"
            self._write({path: b"task: truthfulqa\nnum_fewshot: %d\n" % examples})
            teller.commit(f"TruthfulQA: trial {number + 1}, few shots {examples}", _EVALS)
        self._switch("main")
        teller.pick("experiment~1")
        teller.revert("HEAD")
        teller.pick("experiment")
        self._bring("truthfulqa", "TruthfulQA: as published", _EVALS)
        teller.roll_back("suite-1", f"{_TASKS}truthfulqa")
        teller.take_back()
        self._write({_KEY: b"task: judge\napi_key: " + SECRET + b"\n"})
        teller.commit("Judge: a first version", _EVALS)
        self._edit(_KEY, b"task: judge", b"task: judge\nnum_fewshot: 0")
        teller.commit("Judge: no examples", _EVALS)
        (self._folder / _KEY).unlink()
        teller.commit("Judge: gone, there was a key in it", _EVALS)
        teller.erase(_KEY)

    def _friday(self) -> None:
        """The rest of the new revision, folder by folder; then everything is packed and checked."""
        teller = self._teller
        self._write({f"{_TASKS}README.md": b"# Half an idea\n"})
        teller.set_aside()
        teller.start("african")
        for folder in ("afrimmlu", "afrimgsm", "afrixnli"):
            self._bring(folder, f"{folder}: prompts by language", _LANGUAGES)
        self._switch("main")
        for folder in self._largest(8):
            self._bring(folder, f"Add {folder}", _EVALS)
        self._merge("african", {})
        teller.end("african")
        teller.bring_back()
        teller.commit("README: half an idea", _EVALS)
        put_version(self._folder, self._second, self._on_disk())
        teller.commit("Everything else of the new revision", _EVALS)
        teller.tag("suite-2")
        teller.tidy()

    def _switch(self, branch: str) -> None:
        self._teller.switch(branch)

    def _bring(self, name: str, message: str, author: str) -> None:
        """A folder becomes what the new revision has; nothing is recorded where that is so."""
        inside = f"{_TASKS}{name}/"
        old, new = self._on_disk(), dict(self._second.files)
        files = {path: text for path, text in old.files.items() if not path.startswith(inside)}
        files |= {path: text for path, text in new.items() if path.startswith(inside)}
        version = Version(files, frozenset(self._second.executables & files.keys()))
        if files != old.files:
            put_version(self._folder, version, old)
            self._teller.commit(message, author)

    def _merge(self, branch: str, decisions: Mapping[str, Callable[[], None]]) -> None:
        conflicts = self._teller.merge(branch)
        if set(conflicts) != decisions.keys():
            raise Failed(f"{self._teller.name} finds conflicts in {conflicts} for {branch}")
        for path in conflicts:
            decisions[path]()
        if conflicts:
            self._teller.commit(f"Merge {branch}", _EVALS)

    def _eight_examples(self) -> None:
        """By hand: everything of the branch that comes in."""
        text = self._second.files[_GSM8K].replace(b"num_fewshot: 5", b"num_fewshot: 8")
        self._write({_GSM8K: text})
        self._teller.take_mine(_GSM8K)

    def _rename(self, old: str, new: str) -> None:
        (self._folder / _TASKS / old).rename(self._folder / _TASKS / new)

    def _edit(self, path: str, old: bytes, new: bytes) -> None:
        text = (self._folder / path).read_bytes()
        if old not in text:
            raise Failed(f"{path} has no {old!r}")
        self._write({path: text.replace(old, new)})

    def _write(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path).write_bytes(content)

    def _largest(self, count: int) -> Iterable[str]:
        """Folders that the new revision adds, the largest first."""
        sizes: dict[str, int] = {}
        before = {path.split("/")[2] for path in self._first.files}
        for path, content in self._second.files.items():
            folder, _, inside = path.removeprefix(_TASKS).partition("/")
            if inside and folder not in before:
                sizes[folder] = sizes.get(folder, 0) + len(content)
        return sorted(sizes, key=lambda folder: (-sizes[folder], folder))[:count]

    def _on_disk(self) -> Version:
        kept = (".git", ".contentvc")
        paths = (path for path in self._folder.rglob("*") if path.is_file())
        relative = {path: path.relative_to(self._folder) for path in paths}
        files = {path: name for path, name in relative.items() if name.parts[0] not in kept}
        return Version(
            {str(name): path.read_bytes() for path, name in files.items()},
            frozenset(str(name) for path, name in files.items() if path.stat().st_mode & 0o100),
        )
