"""Changes as one page to read and share: it needs no network, no script and no other file.

The bytes depend on nothing but the two versions. What is shown is bounded, and the rest counted.
"""

from collections.abc import Generator, Iterable, Iterator
from typing import Final

from contentvc.actions.diff import DiffReport
from contentvc.actions.differences import Difference
from contentvc.changes.files import ChangeKind
from contentvc.cli.changes import CHANGE_WORDS, sizes_of
from contentvc.cli.diff_html_file import inside, row
from contentvc.cli.html import element, text
from contentvc.cli.units import count
from contentvc.ids import ObjectId, short

__all__ = ["html_lines"]

_FILE_ROWS: Final = 1_000
"""Lines, values or records shown of one file."""
_ROWS: Final = 20_000
"""The same of all files: a page of about 5 MB, which browsers still open at once."""
_STYLE: Final = """\
:root { color-scheme: light dark; --back: #fff; --fore: #1f2328; --dim: #59636e; --line: #d1d9e0;
  --soft: #f6f8fa; --del: #ffebe9; --ins: #dafbe1; --del-word: #ffc1bc; --ins-word: #a6f0b5; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --fore: #e6edf3; --dim: #9198a1;
  --line: #3d444d; --soft: #151b23; --del: #3c1618; --ins: #12301d; --del-word: #8e2426;
  --ins-word: #1f6f37; } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--back);
  color: var(--fore); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
a { color: inherit; } .dim { color: var(--dim); font-weight: normal; }
code, table.diff { font: 13px/1.5 ui-monospace, monospace; }
section { border: 1px solid var(--line); border-radius: 6px; margin: 1.5rem 0; overflow: hidden; }
section > h2, section > p { background: var(--soft); padding: .5rem .75rem; margin: 0; }
table { border-collapse: collapse; width: 100%; } nav td { padding: .1rem .75rem .1rem 0; }
table.diff td { border-top: 1px solid var(--line); padding: .1rem .6rem; vertical-align: top;
  white-space: pre-wrap; overflow-wrap: anywhere; } table.text td { border: 0; }
td.at, td.item { color: var(--dim); width: 1%; white-space: pre; }
td.item { white-space: pre-wrap; width: 24%; } td.sign { width: 1ch; padding-right: 0; }
.del { background: var(--del); } .ins { background: var(--ins); }
del, ins { text-decoration: none; border-radius: 3px; }
del { background: var(--del-word); } ins { background: var(--ins-word); }
tr.head td { background: var(--soft); color: var(--dim); } tr.record td { font-weight: 600; }
@media print { body { max-width: none; } section { break-inside: avoid-page; } }
"""


def html_lines(report: DiffReport, found: Iterable[Difference]) -> Iterator[str]:
    """The page: a summary, then a section for each file."""
    title = f"Changes from {_version(report.old)} to {_version(report.new)}"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield element("title", text(title))
    yield f"<style>\n{_STYLE}</style>"
    yield element("h1", text(title))
    yield from _summary(report)
    left = _ROWS
    for number, difference in enumerate(found, 1):
        left -= yield from _section(number, difference, min(left, _FILE_ROWS))
    yield "</html>"


def _version(commit: ObjectId | None) -> str:
    return "the working tree" if commit is None else short(commit)


def _summary(report: DiffReport) -> Iterator[str]:
    told = ", ".join(_totals(report)) or "nothing differs"
    yield element("p", text(told), "dim")
    yield "<nav><table>"
    for number, change in enumerate(report.changes, 1):
        name = element("a", _names(change.old_path, change.path), href=f"#f{number}")
        word = CHANGE_WORDS[change.change][1]
        yield row("", word, element("code", name), text(sizes_of(change)))
    yield "</table></nav>"


def _totals(report: DiffReport) -> Iterator[str]:
    for kind in ChangeKind:
        number = sum(change.change is kind for change in report.changes)
        if number:
            yield f"{count(number, 'file')} {CHANGE_WORDS[kind][1]}"


def _section(number: int, difference: Difference, most: int) -> Generator[str, None, int]:
    """Gives the rows it took."""
    change = difference.change
    name = element("code", _names(change.old_path, change.path))
    told = element("span", text(sizes_of(change)), "dim")
    word = element("span", CHANGE_WORDS[change.change][1], "dim")
    yield f'<section id="f{number}">'
    yield element("h2", f"{word} {name} {told}")
    shown = yield from inside(difference, most)
    yield "</section>"
    return shown


def _names(old: bytes | None, new: bytes) -> str:
    return text(new) if old is None else f"{text(old)} → {text(new)}"
