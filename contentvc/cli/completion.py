"""Completion: what a shell is answered when somebody presses Tab.

typer makes the scripts for the shells and knows which word belongs to which parameter. Only bash
needs more: it cuts words at ``:`` and ``=``, so that ``cat main:a`` arrives as three words, and
takes an answer for the part after the last cut alone.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, Final

from contentvc.cli.edge import show_typer
from contentvc.cli.options import Start
from contentvc.cli.stream import send

__all__ = ["answer", "joined"]

_BASH: Final = "complete_bash"


def answer(program: Any, start: Start, name: str, variable: str, instruction: str) -> int:
    """Answer one request of a shell; the exit code.

    Args:
        program: the command line with all its commands.
        start: what a command would begin with.
        name: of the program, as it was called.
        variable: the environment variable in which typer expects the request.
        instruction: what the variable holds.
    """
    from typer.completion import shell_complete

    cut = _join_words(start) if instruction == _BASH else 0
    answers = StringIO()
    with redirect_stdout(answers):
        code = shell_complete(program, {"obj": start}, name, variable, instruction)
    lines = answers.getvalue().splitlines()
    send(start.edge.stdout, "".join(f"{line[cut:]}\n" for line in lines))
    return code


def joined(words: Sequence[str]) -> list[str]:
    """Words as they were typed, from those that bash cut at ``:`` and ``=``.

    The last one may be a mark itself, with nothing behind it yet.
    """
    whole: list[str] = []
    is_open = False
    for word in words:
        is_mark = word == ":" or (word == "=" and bool(whole) and whole[-1].startswith("--"))
        if whole and (is_mark or is_open):
            whole[-1] += word
        else:
            whole.append(word)
        is_open = is_mark
    return whole


def _join_words(start: Start) -> int:
    """Show typer the words as they were typed; how much of an answer bash has already."""
    variables = start.edge.variables
    number = variables.get("COMP_CWORD", "")
    if not number.isdecimal():
        return 0
    typed = variables.get("COMP_WORDS", "").split("\n")[: int(number) + 1]
    typed += [""] * (int(number) + 1 - len(typed))
    words = joined(typed)
    show_typer({"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)})
    word = words[-1].partition("=")[2] if words[-1].startswith("--") else words[-1]
    return word.rfind(":") + 1
