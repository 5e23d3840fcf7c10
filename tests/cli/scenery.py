"""A working tree with a history in it, the same at every run, for tests of commands that look."""

import os
from pathlib import Path

from contentvc.history.draft import Draft, WorkspaceMove
from contentvc.ids import ObjectId
from contentvc.snapshots.operation import Head
from contentvc.snapshots.tree import Mode
from contentvc.storage import disk
from contentvc.storage.local import LocalStorage
from contentvc.worktree import place
from tests.cli.terminal import Terminal
from tests.history.scenes import WORKSPACE, Scene

AUTHOR = "Ada <ada@example.org>"
GUIDE = b"# Guide\n\nWrite short prompts.\nTest each one.\n"
EDITED = b"# Guide\n\nWrite very short prompts.\nTest each one.\nThen measure.\n"
TABLE = bytes(range(256)) * 8


def planted(folder: Path) -> Scene:
    """A repository on disk, without commits, whose working tree is `folder`."""
    root = os.fsencode(os.path.realpath(folder))
    storage = os.path.join(root, b".contentvc/repository")
    disk.make_folders(storage)
    scene = Scene(LocalStorage(os.fsdecode(storage)))
    place.create(root, WORKSPACE)
    return scene


def visitor(folder: Path, home: Path) -> Terminal:
    """Somebody at the root of that working tree."""
    variables = {
        "HOME": str(home), "LOGNAME": "ada", "TERM": "xterm", "PATH": "", "CONTENTVC_AUTHOR": AUTHOR,
    }  # fmt: skip
    return Terminal(os.fsencode(os.path.realpath(folder)), variables)


def grown(folder: Path) -> dict[str, ObjectId]:
    """A history with an edit, a rename, a side branch, a merge and a tag; its commits by name.

    The files of HEAD lie in the folder as well.
    """
    scene = planted(folder)
    table = bytearray(TABLE)
    table[0x100:0x110] = bytes(16)
    made = {
        "first": scene.commit(
            {b"docs/guide.md": GUIDE, b"data/table.bin": TABLE, b"run.sh": b"echo\n",
             b"latest": b"docs/guide.md"},
            "First version\n\nWith a guide and a table.\n",
            modes={b"run.sh": Mode.EXECUTABLE, b"latest": Mode.SYMLINK},
        ),
        "edit": scene.commit(
            {b"docs/guide.md": EDITED, b"data/table.bin": bytes(table)}, "Edit guide and table"
        ),
    }  # fmt: skip
    made["side"] = scene.commit(
        {b"evals/one.yaml": b"expect: 1\n"},
        "Add an eval",
        parents=(made["edit"],),
        ref="branch/evals",
    )
    _go_back(scene, Head("branch/main", made["edit"]))
    made["rename"] = scene.commit(
        {b"docs/guide.md": None, b"docs/handbook.md": EDITED + b"Repeat.\n", b"latest": None},
        "Call the guide a handbook",
    )
    made["merge"] = scene.commit(
        {b"evals/one.yaml": b"expect: 1\n"},
        "Merge evals",
        parents=(made["rename"], made["side"]),
    )
    scene.move("tag/v1", made["edit"])
    written = {
        "docs/handbook.md": EDITED + b"Repeat.\n",
        "data/table.bin": bytes(table),
        "evals/one.yaml": b"expect: 1\n",
        "run.sh": b"echo\n",
    }
    for name, content in written.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "run.sh").chmod(0o755)
    return made


def _go_back(scene: Scene, head: Head) -> None:
    move = WorkspaceMove(WORKSPACE, scene.head, head)
    scene.repository.append(
        Draft("switch", AUTHOR, WORKSPACE, ("switch", "main"), workspaces=(move,))
    )
