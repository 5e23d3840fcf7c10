"""``contentvc demo``: the real commands, one after the other, in a temporary folder."""

import io
import json
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Final

import typer

from contentvc.cli.documents import Document, Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.options import Options
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.session import Session
from contentvc.cli.stream import send
from contentvc.errors import Usage

__all__ = ["EXAMPLES", "demo"]

EXAMPLES: Final = (
    ("contentvc demo", "watch a first session, in a few seconds"),
    ("contentvc demo --keep", "the same, and leave the folder to try things in"),
)

_SUPPORT: Final = """\
# Support assistant

You answer questions of our customers about their orders.
Be brief and polite. If you do not know, say so.
"""
_SUMMARY: Final = """\
# Summary

Sum up the conversation in three sentences for the next colleague.
"""
_QUESTIONS: Final = """\
{"id": 1, "ask": "Where is my parcel?", "expect": "asks for the order number"}
{"id": 2, "ask": "I want my money back.", "expect": "explains the 30 days"}
{"id": 3, "ask": "Can you change the address?", "expect": "says until when"}
{"id": 4, "ask": "Your shop is a joke!", "expect": "stays polite"}
"""
_MODEL: Final = """\
model: small-7b
temperature: 0.7
max_tokens: 400
"""
_FILES: Final = {
    "config/model.yaml": _MODEL,
    "evals/questions.jsonl": _QUESTIONS,
    "prompts/summary.md": _SUMMARY,
    "prompts/support.md": _SUPPORT,
}
_ASKING: Final = _SUPPORT + "Ask for the order number first.\n"
_FIFTH: Final = '{"id": 5, "ask": "Do you ship to Norway?", "expect": "says yes"}\n'
_SIXTH: Final = '{"id": 6, "ask": "Can I pay by invoice?", "expect": "says no"}\n'
_SEVENTH: Final = '{"id": 7, "ask": "Where are my points?", "expect": "asks for the card"}\n'
_COOLER: Final = _QUESTIONS.replace("stays polite", "stays polite and brief") + _FIFTH + _SEVENTH
_MEANWHILE: Final = _QUESTIONS.replace("30 days", "14 days") + _FIFTH + _SIXTH


@dataclass(frozen=True, slots=True)
class _Step:
    """Why, what happens to files as if by a person, and the command that is run then."""

    why: str
    command: str
    """As one types it, without the program."""
    writes: Mapping[str, str | bytes] | None = None
    """The new content of files."""

    @property
    def arguments(self) -> list[str]:
        """The command as the program gets it."""
        return shlex.split(self.command)


_VECTORS: Final = "embeddings/questions.f32"
_DIMENSIONS: Final = 1024
_COUNT: Final = 4000


def _vectors(*edited: int) -> bytes:
    """Made-up embeddings, 16 MB that hardly compress; those of some numbers made anew."""
    from blake3 import blake3

    width = 4 * _DIMENSIONS
    content = bytearray(blake3(b"embeddings").digest(length=_COUNT * width))
    for number in edited:
        content[number * width : number * width + 16] = blake3(b"again").digest(length=16)
    return bytes(content)


def _story() -> Iterator[_Step]:
    """Step by step, so that what is large is made when it is needed."""
    yield _Step("A folder comes under contentvc. Nothing has to be started for it.", "init")
    yield _Step("The first commit records everything in it.", "commit -m 'First version'")
    yield _Step(
        "Somebody improves a prompt and adds a question to the evaluation set.",
        "status",
        {"prompts/support.md": _ASKING, "evals/questions.jsonl": _QUESTIONS + _FIFTH},
    )
    yield _Step("What exactly is different?", "diff")
    yield _Step("There is no staging area: a commit takes every change.", "commit -m 'Ask first'")
    yield _Step("An experiment gets a branch of its own.", "switch --create cooler")
    yield _Step(
        "It sets the temperature to 0.2, changes a question and adds one.",
        "commit -m 'Temperature 0.2' --attr experiment=17",
        {
            "config/model.yaml": _MODEL.replace("0.7", "0.2"),
            "evals/questions.jsonl": _COOLER,
        },
    )
    yield _Step("Back on main, the file is as it was there.", "switch main")
    yield _Step(
        "Embeddings of the questions, 16 MB, are content like any other.",
        "commit -m 'Embed the questions'",
        {_VECTORS: _vectors()},
    )
    yield _Step(
        "Five of 4,000 vectors are computed anew: see what the new version costs.",
        "commit -m 'Embed five questions again'",
        {_VECTORS: _vectors(3, 700, 1500, 2222, 3999)},
    )
    yield _Step(
        "Somebody else changes another question, and adds one at the end too.",
        "commit -m 'Fourteen days'",
        {"evals/questions.jsonl": _MEANWHILE},
    )
    yield _Step("Line by line the branches clash. Record by record they do not.", "merge cooler")
    yield _Step("The life of one record.", "history evals/questions.jsonl#4")
    yield _Step("The history of both branches.", "log --graph --oneline --all")
    yield _Step(
        "Asking first was a mistake: the prompt is as in the first version, in a new commit.",
        "rollback HEAD~5 prompts",
    )
    yield _Step("Or was it not? The last command is as if it had not been.", "undo")
    yield _Step(
        "A prompt is edited, and by mistake brought back to what was recorded.",
        "restore prompts/support.md",
        {"prompts/support.md": _ASKING + "Never promise a refund.\n"},
    )
    yield _Step("Nobody recorded the edit, and it is there again.", "undo")
    yield _Step("It can wait: the change is set aside.", "stash -m 'About refunds'")
    yield _Step("Every byte is read back, and checked against its id.", "verify")


@dataclass(frozen=True, slots=True)
class _Done:
    """How a step ended."""

    step: _Step
    exit: int
    document: Json


def demo(
    ctx: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder when it is over.")] = False,
) -> None:
    """Run the commands of a first session in a temporary folder, and show what they print.

    Each command is printed before it is run. Your own files are not touched.
    """
    session = Session.of(ctx)
    if session.options.at_operation is not None:
        raise Usage("usage", "the demo makes a repository of its own", "drop --at-operation")
    with _folder(keep=keep) as folder:
        _write(folder, _FILES)
        done = list(_played(session, folder))
    if session.options.json:
        session.emit((folder, keep, done), lambda *_: (), _json)
    elif not done[-1].exit:
        _say(session, "", *_farewell(folder, session.output.screen, keep=keep))
    if done[-1].exit:
        raise typer.Exit(done[-1].exit)


@contextmanager
def _folder(*, keep: bool) -> Iterator[bytes]:
    """A folder of the demo's own, gone in the end unless it is to be kept."""
    if keep:
        yield os.path.realpath(os.fsencode(tempfile.mkdtemp(prefix="contentvc-demo-")))
        return
    with tempfile.TemporaryDirectory(prefix="contentvc-demo-") as folder:
        yield os.path.realpath(os.fsencode(folder))


def _played(session: Session, folder: bytes) -> Iterator[_Done]:
    """The story, up to the first command that fails."""
    screen = session.output.screen
    for number, step in enumerate(_story()):
        _write(folder, step.writes or {})
        if not session.options.json:
            blank = ("",) if number else ()
            line = screen.paint(f"$ contentvc {step.command}", Tone.NAME)
            _say(session, *blank, screen.paint(f"# {step.why}", Tone.HINT), line)
        done = _run(session, folder, step)
        yield done
        if done.exit:
            return


def _run(session: Session, folder: bytes, step: _Step) -> _Done:
    from contentvc.cli.program import run

    edge = replace(session.edge, here=folder)
    if not session.options.json:
        return _Done(
            step, run("contentvc", (*step.arguments, *_passed(session.options)), edge), None
        )
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    code = run("contentvc", (*step.arguments, "--json"), replace(edge, stdout=printed))
    printed.seek(0)
    return _Done(step, code, json.load(printed))


def _passed(options: Options) -> Iterator[str]:
    """The global options that count for the commands too."""
    if options.color is not None:
        yield from ("--color", options.color.value)
    if options.quiet:
        yield "--quiet"
    if not options.progress:
        yield "--no-progress"


def _write(folder: bytes, contents: Mapping[str, str | bytes]) -> None:
    for name, content in contents.items():
        path = os.path.join(folder, os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)


def _say(session: Session, *lines: str) -> None:
    stdout = session.edge.stdout
    for line in lines:
        send(stdout, line + "\n")


def _farewell(folder: bytes, screen: Screen, *, keep: bool) -> Iterator[str]:
    if keep:
        yield f"That was the demo. Its folder is {escape(folder)}; remove it when you like."
    else:
        yield "That was the demo. Its folder is removed; to keep it: contentvc demo --keep"
    yield screen.paint("next, in a folder of your own: contentvc init", Tone.HINT)


def _json(report: tuple[bytes, bool, list[_Done]]) -> Document:
    folder, keep, done = report
    return {
        **json_path(folder),
        "kept": keep,
        "steps": [
            {
                "command": ["contentvc", *one.step.arguments],
                "why": one.step.why,
                "exit": one.exit,
                "output": one.document,
            }
            for one in done
        ],
    }
