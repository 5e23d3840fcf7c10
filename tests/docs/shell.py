"""Typing the examples of a page into a real shell, with the real program on its path."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.docs.pages import ANYTHING, ROOT, Command

AUTHOR: Final = "Ada Lovelace <ada@example.org>"
_PROGRAM: Final = """\
#!/bin/sh
exec {python} -c 'from contentvc.cli.main import main; main()' "$@"
"""
_END: Final = "\x1e"
_MASKS: Final = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "ID64"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID32"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\btime \d{16}\b"), "time TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d"), "TIME"),
    (re.compile(r"\bjust now\b|\b(\d+ \w+|an? \w+) ago\b|\bin \d+ \w+\b"), "AGE"),
    (re.compile(r"[\d.,]+ (bytes?|[KMG]B)(?= stored| smaller| freed|\))"), "SIZE"),
    (re.compile(r"(?<=objects, )[\d.,]+ (bytes?|[KMG]B)(, [\d.,]+ (bytes?|[KMG]B)/s)?"), "SIZE"),
    (re.compile(r'"stored": \d+'), '"stored": SIZE'),
    (re.compile(r"contentvc 0\.\S+"), "contentvc VERSION"),
)
"""What differs from run to run: ids, times, and how many bytes compression leaves.

Where ages stand in a column its blanks differ too, so runs of blanks count as one.
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and how it ended."""

    printed: tuple[str, ...]
    code: int


def run(commands: Sequence[Command], folder: Path) -> list[Ran]:
    """Type the commands of a page, one after the other, into one shell in a new home."""
    home = folder / "home" / "ada"
    home.mkdir(parents=True)
    programs = folder / "bin"
    programs.mkdir()
    for name in ("contentvc", "cvc"):
        (programs / name).write_text(_PROGRAM.format(python=sys.executable))
        (programs / name).chmod(0o755)
    (programs / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)
    (home / "contentvc").symlink_to(ROOT)
    script = "exec 2>&1\n" + "".join(
        f"{command.typed}\nprintf '{_END}%d{_END}' $?\n" for command in commands
    )
    whole = folder / "typed"
    whole.write_text(script)
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", str(whole)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=home,
        env=_environment(home, programs),
        timeout=300,
    )
    assert ran.stderr == b"", ran.stderr.decode()
    text = ran.stdout.decode().replace(os.path.realpath(folder), "").replace(str(folder), "")
    parts = text.split(_END)
    assert len(parts) == 2 * len(commands) + 1, "the shell ended early"
    return [
        Ran(tuple(printed.splitlines()), int(code))
        for printed, code in zip(parts[::2], parts[1::2], strict=False)
    ]


def agree(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether a page shows what is printed, apart from what differs from run to run.

    Nothing shown agrees with everything.
    """
    if not shown:
        return True
    pattern = "".join(
        r"(?:.*\n)*?" if line == ANYTHING else re.escape(masked(line)) + r"\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(masked(line) + "\n" for line in printed)) is not None


def masked(line: str) -> str:
    """A line without what differs from run to run."""
    for pattern, word in _MASKS:
        line = pattern.sub(word, line)
    return re.sub(r"(?<=\S) +", " ", line).rstrip()


def _environment(home: Path, programs: Path) -> dict[str, str]:
    return {
        "CONTENTVC_AUTHOR": AUTHOR,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "LOGNAME": "ada",
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TERM": "dumb",
        "TMPDIR": str(programs.parent),
        "TZ": "UTC",
    }
