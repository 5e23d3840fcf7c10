"""Message: of a commit, from the command line or from an editor."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Final

from contentvc.cli.session import Session
from contentvc.errors import Declined, NotAllowed, Usage

__all__ = ["message_of"]

_CUT: Final = "# ------------------------ what follows is not part of the message"


def message_of(session: Session, given: Sequence[str] | None, start: str, notes: str) -> str:
    """The message: the paragraphs given, or what the person writes in an editor.

    Args:
        session: whose editor and terminal.
        given: ``-m`` texts, one paragraph each.
        start: what the editor begins with.
        notes: shown below the message, and not part of it.

    Raises:
        Usage: there is neither a text nor a terminal, or the text is blank.
        Declined: the person left the message empty.
    """
    if given:
        text = "\n\n".join(given)
        if not text.strip():
            raise Usage("bad-value", "the message is empty", 'give one with: -m "TEXT"')
        return text
    if not session.edge.can_ask or session.options.json:
        raise Usage("not-a-terminal", "a message is missing", 'give one with: -m "TEXT"')
    text = _edited(session, f"{start}\n{_CUT}\n{notes}\n")
    message = text.split(_CUT, 1)[0].strip()
    if not message:
        raise Declined("nothing-to-commit", "the message is empty, so nothing was recorded")
    return message


def _edited(session: Session, text: str) -> str:
    with tempfile.TemporaryDirectory(prefix="contentvc-") as folder:
        path = os.path.join(folder, "MESSAGE.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        editor = _editor(session)
        result = subprocess.run([*editor, path], check=False)  # noqa: S603 - the user's own choice
        if result.returncode != 0:
            raise NotAllowed(
                "not-supported",
                f"the editor {editor[0]} ended with code {result.returncode}; nothing was recorded",
                "choose another with: contentvc config --user core.editor COMMAND",
            )
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()


def _editor(session: Session) -> list[str]:
    variables = session.edge.variables
    chosen = session.settings.text("core.editor")
    chosen = chosen or variables.get("VISUAL") or variables.get("EDITOR") or "vi"
    return shlex.split(chosen)
