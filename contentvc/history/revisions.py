"""Revisions: how a person names a commit.

``HEAD``, branches, tags, ids from four digits, ``main~3``, ``v1^2``, ``main@{1}``,
``main@{2 hours ago}``; with git's meaning throughout. Refs win over abbreviated ids.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from contentvc.errors import Missing, Usage
from contentvc.history.log import Log
from contentvc.history.moments import parse_moment
from contentvc.history.names import full_name
from contentvc.history.view import View
from contentvc.ids import Kind, ObjectId, WorkspaceId, short
from contentvc.snapshots.commit import Commit
from contentvc.snapshots.operation import Head, Operation

__all__ = ["Resolver", "split_path", "split_range"]

_SUFFIX: Final = re.compile(r"([~^])(\d*)|@\{([^{}]*)\}")
_DIGITS: Final = re.compile(r"[0-9a-f]{4,64}")
_CANDIDATES: Final = 10


def split_path(text: str) -> tuple[str, str | None]:
    """``REV:PATH`` at its first colon that is not inside ``@{…}``; None when there is none."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == ":" and depth <= 0:
            return text[:position], text[position + 1 :]
    return text, None


def split_range(text: str) -> tuple[str, str, bool] | None:
    """The two ends of ``A..B`` or ``A...B``, and whether there were three dots.

    An end left out means HEAD. None when it is no range.
    """
    for dots in ("...", ".."):
        if dots in text:
            left, right = text.split(dots, 1)
            return left or "HEAD", right or "HEAD", dots == "..."
    return None


@dataclass(frozen=True, slots=True)
class Resolver:
    """Finds the commit that a revision names, as one workspace sees it.

    `find_objects` gives the objects whose id starts with some digits.
    """

    view: View
    log: Log
    read: Callable[[ObjectId], Commit]
    find_objects: Callable[[str], Iterator[tuple[ObjectId, Kind]]]
    workspace: WorkspaceId | None
    now: int
    zone: int

    def head(self) -> Head:
        """What the workspace stands on."""
        standing = self.view.workspaces.get(self.workspace) if self.workspace else None
        if standing is None:
            raise Missing("unknown-revision", "there is no HEAD outside a workspace")
        return standing.head

    def resolve(self, text: str) -> ObjectId:
        """The id of the commit that `text` names.

        Raises:
            Missing: nothing has that name (``unknown-revision``), or the branch has no commit yet
                (``no-commits``).
            Usage: several commits start with those digits (``ambiguous-revision``).
        """
        match = _SUFFIX.search(text)
        base = text[: match.start()] if match else text
        rest = text[match.start() :] if match else ""
        commit, rest = self._start(base, rest, text)
        position = 0
        while position < len(rest):
            step = _SUFFIX.match(rest, position)
            if step is None or step[3] is not None:
                raise _unknown(text)
            commit = self._step(commit, step[1], step[2], text)
            position = step.end()
        return commit

    def _start(self, base: str, rest: str, text: str) -> tuple[ObjectId, str]:
        reflog = _SUFFIX.match(rest)
        if reflog is not None and reflog[3] is not None:
            base = base or self.head().ref or "HEAD"
            return self._earlier(base, reflog[3], text), rest[reflog.end() :]
        return self._base(base, text), rest

    def _base(self, base: str, text: str) -> ObjectId:
        if base in ("HEAD", "@"):
            commit = self.head().commit
            if commit is None:
                raise Missing(
                    "no-commits", "there is no commit yet", "record one with: contentvc commit"
                )
            return commit
        name = full_name(base, self.view.refs)
        if name is not None:
            return self.view.refs[name].id
        standing = self.view.workspaces.get(self.workspace) if self.workspace else None
        if standing and standing.head.ref in (base, "branch/" + base):
            raise Missing("no-commits", f"branch {base} has no commit yet")
        if _DIGITS.fullmatch(base.lower()):
            return self._abbreviated(base.lower())
        raise _unknown(text)

    def _abbreviated(self, digits: str) -> ObjectId:
        found = [one for one, kind in self.find_objects(digits) if kind is Kind.COMMIT]
        if not found:
            raise _unknown(digits)
        if len(found) > 1:
            shown = [self._described(one) for one in sorted(found)[:_CANDIDATES]]
            raise Usage(
                "ambiguous-revision",
                f"{digits} fits {len(found)} commits: " + "; ".join(shown),
                "write more digits",
                candidates=[one.hex() for one in sorted(found)[:_CANDIDATES]],
            )
        return found[0]

    def _described(self, identifier: ObjectId) -> str:
        lines = self.read(identifier).message.splitlines()
        return f"{short(identifier)} {lines[0] if lines else ''}".rstrip()

    def _step(self, commit: ObjectId, mark: str, digits: str, text: str) -> ObjectId:
        count = int(digits[:9]) if digits else 1
        if mark == "^":
            return self._parent(commit, count, text) if count else commit
        for _ in range(count):
            commit = self._parent(commit, 1, text)
        return commit

    def _parent(self, commit: ObjectId, number: int, text: str) -> ObjectId:
        parents = self.read(commit).parents
        if number > len(parents):
            raise Missing(
                "unknown-revision",
                f"{text} does not exist: commit {short(commit)} has "
                + (f"{len(parents)} parents" if len(parents) != 1 else "1 parent"),
            )
        return parents[number - 1]

    def _earlier(self, base: str, when: str, text: str) -> ObjectId:
        """Where a ref or HEAD stood some changes, or some time, ago."""
        moments = list(self._past(base, text))
        if when.isdigit():
            if int(when) < len(moments) and (commit := moments[int(when)][1]) is not None:
                return commit
            changes = "1 change" if len(moments) == 1 else f"{len(moments)} changes"
            raise Missing("unknown-revision", f"{text} does not exist: {base} has {changes}")
        limit = parse_moment(when, self.now, self.zone)
        for time, commit in moments:
            if time <= limit and commit is not None:
                return commit
        raise Missing("unknown-revision", f"{text} does not exist: {base} is younger than that")

    def _past(self, base: str, text: str) -> Iterator[tuple[int, ObjectId | None]]:
        """Time and place of every change of a ref or HEAD, newest first."""
        name = None if base in ("HEAD", "@") else full_name(base, self.view.refs)
        if name is None and base not in ("HEAD", "@"):
            raise _unknown(text)
        if name is not None:
            sequence = self.view.refs[name].sequence
        else:
            self.head()
            sequence = self.view.workspaces[self.workspace or WorkspaceId(b"")].sequence
        while sequence:
            found = self.log.read(sequence)
            if found is None:
                return
            commit, sequence = self._change(found[0], name)
            if name is not None or not self._stands_still(found[0]):
                yield found[0].time, commit

    def _stands_still(self, operation: Operation) -> bool:
        """Whether it changed files, or a merge in progress, and HEAD not at all."""
        moves = [move for move in operation.workspaces if move.workspace == self.workspace]
        return any(_stood(move.old) == _stood(move.new) for move in moves)

    def _change(self, operation: Operation, name: str | None) -> tuple[ObjectId | None, int]:
        steps = operation.transaction.refs if operation.transaction else ()
        for change in (*operation.refs, *steps):
            if change.name == name:
                return change.new, change.previous
        for move in operation.workspaces:
            if name is None and move.workspace == self.workspace:
                return (move.new.commit if move.new else None), move.previous
        return None, 0


def _stood(head: Head | None) -> Head | None:
    return None if head is None else replace(head, merging=())


def _unknown(text: str) -> Missing:
    return Missing(
        "unknown-revision",
        f"no commit is called {text!r}",
        "list branches and tags with: contentvc branch, contentvc tag",
    )
