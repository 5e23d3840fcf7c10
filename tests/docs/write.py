"""Brings pages up to date: ``python -m tests.docs.write [PAGE…]``.

Tables are made anew. Where the program prints something else than a page shows, all that the
page shows is replaced, so that ids agree throughout it. An example that shows nothing, or leaves
lines out, stays so as long as it agrees. A line ``?`` is replaced by whatever is printed.
"""

import sys
import tempfile
from pathlib import Path

from tests.docs.pages import ANYTHING, PAGES, commands, name_of
from tests.docs.shell import agree, run
from tests.docs.tables import with_tables


def write(page: Path) -> bool:
    """Whether the page was not as it should be."""
    old = page.read_text()
    page.write_text(with_tables(old))
    typed = commands(page)
    if typed:
        with tempfile.TemporaryDirectory() as folder:
            done = run(typed, Path(folder))
        text = page.read_text()
        both = list(zip(typed, done, strict=True))
        if all(agree(command.shown, ran.printed) for command, ran in both):
            both = []
        for command, ran in reversed(both):
            keeps = ANYTHING in command.shown and agree(command.shown, ran.printed)
            if command.shown and not keeps:
                printed = "".join(line + "\n" for line in ran.printed)
                text = text[: command.start] + printed + text[command.end :]
        page.write_text(text)
    return page.read_text() != old


if __name__ == "__main__":
    wanted = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    for page in wanted:
        if write(page):
            print(f"changed: {name_of(page)}")  # noqa: T201 - a program
