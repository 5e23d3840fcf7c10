"""Random content and what two sides do to it, in trees of ours and in git, to compare merges."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from contentvc.changes.edit import FileEdit, edit_tree
from contentvc.changes.merge import TreeMerge, merge_trees
from contentvc.changes.trees import list_files
from contentvc.formats.contract import Favour, Labels
from contentvc.ids import Kind, ObjectId, blob_id, keyed_id
from contentvc.snapshots.tree import Entry, Mode, Tree, decode_tree

__all__ = [
    "TOLERATED",
    "Commit",
    "GitMerge",
    "Invention",
    "Memory",
    "git_merges",
    "labels_of",
    "without_clashes",
]

TOLERATED = frozenset(
    {
        "CONFLICT (directory rename split)",
        "CONFLICT (implicit dir rename)",
        "CONFLICT (file in way of directory rename)",
    }
)
"""Where a folder's new place is unclear, git asks; here what was made in it stays where it is."""

Files = Mapping[bytes, tuple[Mode, bytes]]

_GIT_MODES = {Mode.FILE: b"100644", Mode.EXECUTABLE: b"100755", Mode.SYMLINK: b"120000"}
_MODES = {written: mode for mode, written in _GIT_MODES.items()}


class Memory:
    """Trees and contents in memory."""

    def __init__(self) -> None:
        self.trees: dict[ObjectId, Tree] = {}
        self.contents: dict[ObjectId, bytes] = {}
        self.reads: list[ObjectId] = []

    def put(self, encoded: bytes) -> ObjectId:
        identifier = keyed_id(Kind.TREE, encoded)
        self.trees[identifier] = decode_tree(encoded)
        return identifier

    def entries(self, identifier: ObjectId) -> Sequence[Entry]:
        tree = self.trees[identifier]
        if not tree.is_node:
            return tree.entries
        return [entry for part in tree.entries for entry in self.entries(part.id)]

    def read(self, identifier: ObjectId) -> bytes:
        self.reads.append(identifier)
        return self.contents[identifier]

    def root(self, files: Files) -> ObjectId:
        edits: dict[bytes, FileEdit | None] = {}
        for path, (mode, content) in files.items():
            edits[path] = FileEdit(mode, len(content), self.keep(content))
        return edit_tree(self.entries, None, edits, self.put)[0]

    def keep(self, content: bytes) -> ObjectId:
        self.contents[blob_id(content)] = content
        return blob_id(content)

    def files(self, root: ObjectId) -> dict[bytes, tuple[Mode, bytes]]:
        rows = list_files(self.entries, root)
        return {path: (entry.mode, self.contents[entry.id]) for path, entry in rows}

    def merge(
        self, base: Files, ours: Files, theirs: Files, labels: Labels, favour: Favour | None = None
    ) -> tuple[TreeMerge, dict[bytes, tuple[Mode, bytes]]]:
        """The merge, and all files of the tree it makes."""
        roots = self.root(base), self.root(ours), self.root(theirs)
        merge = merge_trees(self.entries, self.read, *roots, labels=labels, favour=favour)
        return merge, self.files(self.merged(roots[1], merge))

    def merged(self, ours: ObjectId, merge: TreeMerge) -> ObjectId:
        edits: dict[bytes, FileEdit | None] = {}
        for path, file in merge.files.items():
            if file is not None and file.content is not None:
                assert self.keep(file.content) == file.id
            edits[path] = file and FileEdit(file.mode, file.size, file.id, file.attributes)
        return edit_tree(self.entries, ours, edits, self.put)[0]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit for git; its number is its name and its time."""

    number: int
    parents: tuple[int, ...]
    files: Files


@dataclass(frozen=True, slots=True)
class GitMerge:
    """What git made of two commits."""

    is_clean: bool
    files: dict[bytes, tuple[Mode, bytes]]
    kinds: frozenset[str]
    """Words of its messages: "CONFLICT (contents)"."""


def labels_of(ours: int, theirs: int) -> Labels:
    return Labels("base", f"c{ours}", f"c{theirs}")


def git_merges(
    folder: str | os.PathLike[str], commits: Iterable[Commit], pairs: Sequence[tuple[int, int]]
) -> list[GitMerge]:
    """Every pair of commits merged by git, in one process for all."""
    _git(folder, "init", "-q")
    _git(folder, "fast-import", "--quiet", given=b"".join(_imported(one) for one in commits))
    given = b"".join(b"c%d c%d\n" % pair for pair in pairs)
    answer = _git(folder, "merge-tree", "--write-tree", "-z", "--messages", "--stdin", given=given)
    tokens = iter(answer.split(b"\0"))
    told = [_told(tokens) for _ in pairs]
    files = _trees(folder, [tree for _, tree, _ in told])
    return [GitMerge(is_clean, files[tree], frozenset(kinds)) for is_clean, tree, kinds in told]


def _git(folder: str | os.PathLike[str], *words: str, given: bytes = b"") -> bytes:
    settings = ("merge.directoryRenames=true", "merge.renameLimit=0", "core.quotePath=false")
    plain = [one for setting in settings for one in ("-c", setting)]
    alone = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *plain, *words]
    return subprocess.run(
        command, cwd=folder, input=given, capture_output=True, check=True, env=alone
    ).stdout


def _imported(commit: Commit) -> bytes:
    number = commit.number
    lines = [b"commit refs/heads/c%d\nmark :%d\n" % (number, number)]
    lines.append(b"committer A <a@example.org> %d +0000\ndata 0\n" % (1_000_000 + number))
    for word, parent in zip((b"from", b"merge"), commit.parents, strict=False):
        lines.append(b"%s :%d\n" % (word, parent))
    lines.append(b"deleteall\n")
    for path, (mode, content) in sorted(commit.files.items()):
        lines.append(b"M %s inline %s\ndata %d\n" % (_GIT_MODES[mode], path, len(content)))
        lines.append(content + b"\n")
    return b"".join([*lines, b"\n"])


def _told(tokens: Iterable[bytes]) -> tuple[bool, str, set[str]]:
    """One merge of the answer: clean, tree, conflicted files, messages with their paths."""
    rows = iter(tokens)
    is_clean, tree = next(rows) == b"1", next(rows).decode()
    while next(rows):
        pass
    kinds: set[str] = set()
    while count := next(rows):
        for _ in range(int(count)):
            next(rows)
        kinds.add(next(rows).decode())
        next(rows)
    return is_clean, tree, kinds


def _trees(
    folder: str | os.PathLike[str], trees: Sequence[str]
) -> dict[str, dict[bytes, tuple[Mode, bytes]]]:
    """All files of git's trees, read level by level: a process for each depth, not each tree."""
    files: dict[str, dict[bytes, tuple[Mode, bytes]]] = {tree: {} for tree in trees}
    todo = [(tree, b"", tree) for tree in files]
    while todo:
        objects = _objects(folder, {identifier for _, _, identifier in todo})
        blobs: list[tuple[str, bytes, Mode, str]] = []
        below: list[tuple[str, bytes, str]] = []
        for tree, above, identifier in todo:
            for mode, name, inner in _entries(objects[identifier]):
                if mode == b"40000":
                    below.append((tree, above + name + b"/", inner))
                else:
                    blobs.append((tree, above + name, _MODES[mode], inner))
        contents = _objects(folder, {identifier for *_, identifier in blobs})
        for tree, path, kind, identifier in blobs:
            files[tree][path] = (kind, contents[identifier])
        todo = below
    return files


def _objects(folder: str | os.PathLike[str], ids: Iterable[str]) -> dict[str, bytes]:
    ordered = sorted(ids)
    asked = "".join(f"{identifier}\n" for identifier in ordered).encode()
    answer, at = _git(folder, "cat-file", "--batch", given=asked), 0
    found: dict[str, bytes] = {}
    for identifier in ordered:
        start = answer.index(b"\n", at) + 1
        size = int(answer[at:start].split()[2])
        found[identifier] = answer[start : start + size]
        at = start + size + 1
    return found


def _entries(tree: bytes) -> Iterable[tuple[bytes, bytes, str]]:
    at = 0
    while at < len(tree):
        end = tree.index(b"\0", at)
        mode, name = tree[at:end].split(b" ", 1)
        yield mode, name, tree[end + 1 : end + 21].hex()
        at = end + 21


_FOLDERS = (b"", b"a/", b"a/b/", b"c/", b"d/e/", b"d/f/", b"g/")


class Invention:
    """Makes up content and what happens to it. No line or new name comes twice by chance, so that
    which file is which, and what changed in it, is never a matter of taste."""

    def __init__(self, seed: int, *, wild: bool = False) -> None:
        self.random = Random(seed)
        self._wild = wild
        self._number = 0

    def start(self) -> Files:
        files: dict[bytes, tuple[Mode, bytes]] = {}
        for _ in range(self.random.choice([3, 8, 15])):
            self._add(files)
        return files

    def step(self, before: Files, most: int = 5) -> Files:
        """What a side makes of it in some edits."""
        files = dict(before)
        deeds = [self._edit] * 5 + [self._add] * 3 + [self._delete] * 2 + [self._rename] * 2
        deeds += [self._rename_edited, self._move_folder, self._move_folder, self._flip]
        if self._wild:
            deeds += [self._link, self._into_folder]
        for _ in range(self.random.choice([1, 2, most])):
            self.random.choice(deeds)(files) if files else self._add(files)
        return files

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _add(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path, number = self._name(files), self._next()
        lines = self.random.choice([4, 8, 20])
        if _is_free(files, path):
            text = [b"%d.%d some words of line %d\n" % (number, k, k) for k in range(lines)]
            files[path] = (Mode.FILE, b"".join(text))

    def _edit(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path = self.random.choice(sorted(files))
        mode, content = files[path]
        if mode is not Mode.SYMLINK:
            files[path] = (mode, self._edited(content))

    def _edited(self, content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        for _ in range(self.random.choice([1, 1, 2])):
            at, kind, number = (
                self.random.randrange(len(lines) + 1),
                self.random.randrange(3),
                self._next(),
            )
            if kind == 0:
                lines[at:at] = [b"inserted %d\n" % number]
            elif kind == 1 and len(lines) > 3:
                del lines[at : at + 1]
            else:
                lines[at : at + 1] = [b"changed %d here\n" % number]
        return b"".join(lines)

    def _delete(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        del files[self.random.choice(sorted(files))]

    def _rename(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path, place = self.random.choice(sorted(files)), self._name(files)
        file = files.pop(path)
        files[place if _is_free(files, place) else path] = file

    def _rename_edited(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path, place = self.random.choice(sorted(files)), self._name(files)
        mode, content = files.pop(path)
        if len(content) > 150:
            content = self._edited(content)
        files[place if _is_free(files, place) else path] = (mode, content)

    def _move_folder(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        folders = sorted({path.rpartition(b"/")[0] for path in files if b"/" in path})
        if not folders:
            return
        folder = self.random.choice(folders)
        above = self.random.choice([b"", self.random.choice(_FOLDERS[1:])])
        place = above + b"m%d" % self.random.choice([self._next(), self.random.randrange(9)])
        below = {path: files[path] for path in files if path.startswith(folder + b"/")}
        rest = {path: file for path, file in files.items() if path not in below}
        moved = {place + path[len(folder) :]: file for path, file in below.items()}
        if all(_is_free(rest, path) for path in moved):
            for path in below:
                del files[path]
            files.update(moved)

    def _flip(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path = self.random.choice(sorted(files))
        mode, content = files[path]
        if mode is not Mode.SYMLINK:
            files[path] = (Mode.FILE if mode is Mode.EXECUTABLE else Mode.EXECUTABLE, content)

    def _link(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        files[self.random.choice(sorted(files))] = (Mode.SYMLINK, b"target %d" % self._next())

    def _into_folder(self, files: dict[bytes, tuple[Mode, bytes]]) -> None:
        path = self.random.choice(sorted(files))
        file = files.pop(path)
        files[path + b"/x" if _is_free(files, path + b"/x") else path] = file

    def _name(self, files: Files) -> bytes:
        used = {path.rpartition(b"/")[0] + b"/" for path in files if b"/" in path}
        folder = self.random.choice([*sorted(used), *_FOLDERS])
        return folder + b"n%d" % self.random.choice([self._next(), self.random.randrange(6)])


def without_clashes(files: Files) -> dict[bytes, tuple[Mode, bytes]]:
    """Without files that stand where others need a folder."""
    folders = {path[:at] for path in files for at, sign in enumerate(path) if sign == ord("/")}
    return {path: file for path, file in files.items() if path not in folders}


def _is_free(files: Files, path: bytes) -> bool:
    return not any(
        one == path or one.startswith(path + b"/") or path.startswith(one + b"/") for one in files
    )
