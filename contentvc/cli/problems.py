"""Problems: what is wrong with files, printed as compilers do, so that editors can go there."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from contentvc.cli.documents import Json, json_path
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone
from contentvc.cli.units import count

if TYPE_CHECKING:
    from contentvc.actions.validation import FileProblems
    from contentvc.formats.problems import Problem

__all__ = ["problem_lines", "problems_json"]

_OF_ONE: Final = 10
"""Problems printed of one file; ``--json`` has all."""
_OF_ALL: Final = 100


def problem_lines(found: "Sequence[FileProblems]", screen: Screen) -> Iterator[str]:
    """A line a problem: path, line, column, message, code."""
    left = _OF_ALL
    for place, one in enumerate(found):
        if left <= 0:
            yield screen.paint(f"… and {count(len(found) - place, 'more file')}", Tone.HINT)
            return
        shown = one.problems[: min(left, _OF_ONE)]
        for problem in shown:
            yield _line(one, problem, screen)
        if len(one.problems) > len(shown) or one.is_cut:
            least = "at least " if one.is_cut else ""
            more = f"… and {least}{len(one.problems) - len(shown):,} more in "
            yield screen.paint(more, Tone.HINT) + screen.paint(screen.path(one.path), Tone.NAME)
        left -= len(shown)


def problems_json(found: "Sequence[FileProblems]") -> list[Json]:
    """All of them, with the file and its set."""
    return [_json(one, problem) for one in found for problem in one.problems]


def _line(one: "FileProblems", problem: "Problem", screen: Screen) -> str:
    from contentvc.formats.items import item_name

    place = ""
    if problem.line is not None:
        place = f":{problem.line}" + (f":{problem.column}" if problem.column is not None else "")
    where = f"{escape(item_name(problem.item))}: " if problem.item else ""
    name = screen.paint(screen.path(one.path) + place, Tone.NAME)
    code = screen.paint(f"[{problem.code}]", Tone.HINT)
    return f"{name}: {where}{escape(problem.message)} {code}"


def _json(one: "FileProblems", problem: "Problem") -> Json:
    from contentvc.formats.items import item_name

    return {
        **json_path(one.path),
        "set": one.set,
        "code": problem.code,
        "message": problem.message,
        "item": item_name(problem.item) if problem.item else None,
        "line": problem.line,
        "column": problem.column,
    }
