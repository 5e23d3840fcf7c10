"""Brings pages up to date: ``python -m tests.docs.write [PAGE…]``.

Tables are made anew. What an example shows is replaced where the program prints something else;
an example that shows nothing stays so. A line ``?`` is replaced by whatever is printed.
"""

import sys
import tempfile
from pathlib import Path

from tests.docs.pages import PAGES, commands, name_of
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
        for command, ran in reversed(list(zip(typed, done, strict=True))):
            if command.shown and not agree(command.shown, ran.printed):
                printed = "".join(line + "\n" for line in ran.printed)
                text = text[: command.start] + printed + text[command.end :]
        page.write_text(text)
    return page.read_text() != old


if __name__ == "__main__":
    wanted = [Path(name).resolve() for name in sys.argv[1:]] or PAGES
    for page in wanted:
        if write(page):
            print(f"changed: {name_of(page)}")  # noqa: T201 - a program
