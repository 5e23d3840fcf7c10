"""Ignore rules: which names a scan passes over, and which line of which file says so.

Names that are built in come first, then ``.gitignore`` files where that is switched on, then
``.contentvcignore`` files: later ones have the last word, and within one kind the file nearest to
the path does. As in git, nothing below an ignored folder can be re-included.
"""

import os
import stat
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from contentvc import limits
from contentvc.errors import Damaged
from contentvc.storage import disk
from contentvc.worktree.patterns import Pattern, parse_patterns

__all__ = ["BUILT_IN", "FolderRules", "IgnoreRules", "Verdict"]

BUILT_IN: Final = frozenset(
    {
        b".git", b".hg", b".svn", b".jj", b".oxen", b".venv",
        b"node_modules", b"__pycache__", b".ipynb_checkpoints", b".DS_Store",
    }
)  # fmt: skip
"""Ignored at any level before any file is asked."""
_BUILT_IN_BELOW: Final = {b".dvc": frozenset({b"cache", b"tmp"})}

_OWN: Final = b".contentvcignore"
_GIT: Final = b".gitignore"


class Verdict(NamedTuple):
    """Whether a path is ignored, and what says so."""

    ignored: bool
    source: bytes
    """Path of the ignore file; empty for a built-in rule and where no rule speaks of the path."""
    line: int
    pattern: bytes
    """The line, or the built-in name; empty where no rule speaks of the path."""
    path: bytes
    """What the pattern fits: the path itself, or a folder above it that is ignored."""

    @property
    def is_included(self) -> bool:
        """Somebody's ``!`` asks for this path."""
        return bool(self.pattern) and not self.ignored


class _Patterns(NamedTuple):
    """One ignore file, seen from a folder at or below its own."""

    source: bytes
    patterns: tuple[Pattern, ...]
    """The last one first."""
    prefix: bytes
    """The path from the file's folder to this one, with a slash at its end, or empty."""


class FolderRules:
    """The rules as they apply to names in one folder."""

    __slots__ = ("_built_in", "_files", "_folder", "verdict")

    def __init__(
        self, folder: bytes, verdict: Verdict | None, files: tuple[_Patterns, ...]
    ) -> None:
        """Of a folder below which everything is ignored by `verdict`, or else `files` decide."""
        self._folder = folder
        self.verdict = verdict
        """Why all that is in this folder is ignored; None where names are decided one by one."""
        self._files = files
        self._built_in = BUILT_IN | _BUILT_IN_BELOW.get(os.path.basename(folder), frozenset())

    def is_silent(self, name: bytes) -> bool:
        """Whether no rule can speak of this name, so that nothing need be decided."""
        return not self._files and self.verdict is None and name not in self._built_in

    def decide(self, name: bytes, *, is_folder: bool) -> Verdict:
        """The verdict on something in this folder."""
        if self.verdict is not None:
            return self.verdict
        path = self._folder + b"/" + name if self._folder else name
        for source, patterns, prefix in self._files:
            below = prefix + name
            for pattern in patterns:
                if (is_folder or not pattern.folders_only) and pattern.matches(
                    name if pattern.by_name else below
                ):
                    return Verdict(not pattern.includes, source, pattern.line, pattern.text, path)
        is_built_in = name in self._built_in
        return Verdict(is_built_in, b"", 0, name if is_built_in else b"", path)

    def below(
        self, name: bytes, own: tuple[_Patterns, ...], git: tuple[_Patterns, ...]
    ) -> "FolderRules":
        """The rules in the folder of this name, which has these ignore files itself."""
        path = self._folder + b"/" + name if self._folder else name
        verdict = self.decide(name, is_folder=True)
        if verdict.ignored:
            return FolderRules(path, verdict, ())
        seen = [file._replace(prefix=file.prefix + name + b"/") for file in self._files]
        ours = [file for file in seen if file.source.endswith(_OWN)]
        gits = [file for file in seen if not file.source.endswith(_OWN)]
        return FolderRules(path, None, (*own, *ours, *git, *gits))


class IgnoreRules:
    """All rules of one working tree. Files are read when first needed, and once."""

    def __init__(self, root: bytes, *, use_git: bool) -> None:
        """Of the tree in `root`, an absolute path; `use_git`: ``.gitignore`` files count too."""
        self._root = root
        self._use_git = use_git
        self._reads = True
        self._folders: dict[bytes, FolderRules] = {}

    @classmethod
    def forced(cls, root: bytes, folders: Iterable[bytes]) -> "IgnoreRules":
        """Rules for what is asked for in spite of all files: in these folders only built-in ones.

        They count only for what is below these folders, which may be ignored themselves.
        """
        rules = cls(root, use_git=False)
        rules._reads = False
        rules._folders = {folder: FolderRules(folder, None, ()) for folder in folders}
        return rules

    def folder(self, path: bytes, listed: Collection[bytes] | None = None) -> FolderRules:
        """The rules for names in this folder (empty for the root).

        Ignore files that are not among the names `listed` there are not looked for.

        Raises:
            NotAllowed, Busy: an ignore file cannot be read. It is an error, since what it keeps
                out would be recorded.
            Damaged: one is too large.
        """
        missing = []
        above = path
        while above not in self._folders:
            missing.append(above)
            if not above:
                break
            above = above.rpartition(b"/")[0]
        for folder in reversed(missing):
            self._folders[folder] = self._made(folder, listed if folder == path else None)
        return self._folders[path]

    def verdict(self, path: bytes, *, is_folder: bool) -> Verdict:
        """The verdict on a path, which need not exist.

        Raises:
            NotAllowed, Busy, Damaged: as `folder`.
        """
        folder, _, name = path.rpartition(b"/")
        return self.folder(folder).decide(name, is_folder=is_folder)

    def _made(self, path: bytes, listed: Collection[bytes] | None) -> FolderRules:
        above, _, name = path.rpartition(b"/")
        parent = self._folders[above] if path else None
        if parent is not None and parent.verdict is not None:
            return FolderRules(path, parent.verdict, ())
        own = self._read(path, _OWN, listed)
        git = self._read(path, _GIT, listed) if self._use_git else ()
        return parent.below(name, own, git) if parent else FolderRules(b"", None, (*own, *git))

    def _read(
        self, folder: bytes, name: bytes, listed: Collection[bytes] | None
    ) -> tuple[_Patterns, ...]:
        if not self._reads or (listed is not None and name not in listed):
            return ()
        source = folder + b"/" + name if folder else name
        content = _content(os.path.join(self._root, source))
        if content is None:
            return ()
        return (_Patterns(source, parse_patterns(content)[::-1], b""),)


def _content(path: bytes) -> bytes | None:
    """What an ignore file says; None where there is none. A symlink is not one, as in git."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if os.path.islink(path):
            return None
        raise disk.explain(error, "read", path) from error
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > limits.JSON_BYTES:
            shown = path.decode("utf-8", "replace")
            raise Damaged("beyond-limit", f"{shown} is larger than an ignore file may be")
        return os.read(fd, limits.JSON_BYTES)
    except OSError as error:
        raise disk.explain(error, "read", path) from error
    finally:
        os.close(fd)
