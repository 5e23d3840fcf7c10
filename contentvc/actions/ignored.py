"""Ignored: which rule, if any, keeps a path from being recorded."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from contentvc.actions.context import Context
from contentvc.changes.trees import lookup
from contentvc.snapshots.names import OWN_FOLDER
from contentvc.worktree.ignore import IgnoreRules, Verdict
from contentvc.worktree.secrets import looks_like_secret

__all__ = ["IgnoreAnswer", "check_ignore"]


@dataclass(frozen=True, slots=True)
class IgnoreAnswer:
    """What holds for one path."""

    path: bytes
    verdict: Verdict
    is_recorded: bool
    """What is recorded stays recorded, whatever the rules say."""
    is_secret: bool
    """Its name looks like a secret and nothing asks for it: recorded only when given by name."""


def check_ignore(context: Context, paths: Sequence[bytes]) -> tuple[IgnoreAnswer, ...]:
    """The answer for each path, which need not exist.

    Raises:
        NotAllowed, Busy, Damaged: an ignore file cannot be read.
    """
    rules = IgnoreRules(context.place.root, use_git=context.use_gitignore)
    base = context.base_tree()
    entries = context.repository.entries
    answers = []
    for path in paths:
        verdict = _verdict(rules, context.place.root, path)
        is_secret = looks_like_secret(path.rpartition(b"/")[2]) and not verdict.is_included
        recorded = bool(path) and base is not None and lookup(entries, base, path) is not None
        answers.append(IgnoreAnswer(path, verdict, recorded, is_secret))
    return tuple(answers)


def _verdict(rules: IgnoreRules, root: bytes, path: bytes) -> Verdict:
    first = path.split(b"/", 1)[0]
    if first == OWN_FOLDER:  # no rule speaks of it, and none can ask for it
        return Verdict(ignored=True, source=b"", line=0, pattern=OWN_FOLDER, path=first)
    if not path:
        return Verdict(ignored=False, source=b"", line=0, pattern=b"", path=b"")
    whole = os.path.join(root, path)
    return rules.verdict(path, is_folder=os.path.isdir(whole) and not os.path.islink(whole))
