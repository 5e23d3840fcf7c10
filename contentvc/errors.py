"""Errors: one tree, grouped by what the caller does next.

Each error has a stable code from `CODES`, a message that names the thing and the reason, a hint
that names the next step, and details for programs.
"""

from typing import Final

__all__ = [
    "CODES",
    "Busy",
    "Conflict",
    "ContentvcError",
    "Damaged",
    "Declined",
    "Missing",
    "NotAllowed",
    "Unreachable",
    "Usage",
]

Detail = str | int | list[str]

CODES: Final[dict[str, str]] = {
    # Usage
    "usage": "the command line is not understood",
    "bad-name": "a name of a branch, tag, file or setting is not allowed",
    "inexpressible": "a change cannot be told in the form asked for",
    "bad-value": "a value given is not of the expected form",
    "ambiguous-revision": "an abbreviated id fits several objects",
    "git-verb": "a git command that has another name here",
    "not-a-terminal": "an answer is needed and there is no terminal to ask on",
    # Missing
    "not-a-repository": "no folder here or above is under contentvc",
    "unknown-revision": "no commit has that name or id",
    "unknown-path": "no such path in that version or working tree",
    "unknown-item": "no such item in that file, or files of its kind have none",
    "unknown-attribute": "no such attribute is there",
    "unknown-ref": "no such branch or tag",
    "unknown-operation": "no operation has that number",
    "unknown-setting": "no setting has that name",
    "unknown-set": "contentvc.toml declares no content set of that name",
    "unknown-stash": "no stash has that number",
    "unknown-workspace": "no workspace has that path or id",
    "unknown-remote": "no remote has that name",
    "unknown-transaction": "no push to several remotes of that id is left half-way",
    "no-remote": "a command needs a remote and there is none",
    "forgotten": "content was dropped from the repository on purpose",
    "purged": "content was purged: its bytes are gone from every version",
    "elsewhere": "content is at a remote, and was not asked for",
    "past-window": "content was dropped because only operations past the undo window name it",
    "nothing-kept": "no operation keeps such content",
    "no-commits": "the branch has no commit yet",
    "not-stored": "the storage has nothing of that name",
    # Conflict
    "already-exists": "something of that name exists",
    "ref-moved": "a branch, tag or workspace changed while the command ran",
    "would-overwrite": "uncommitted content stands in the way",
    "checked-out": "the branch is checked out in a workspace",
    "looks-like-secret": "a file that looks like a secret would be recorded or saved",
    "not-merged": "a branch has commits that nothing else reaches",
    "file-changed": "a file changes while it is read",
    "not-covered": "it concerns files that are outside of the sparse set and not here",
    "does-not-fit": "a change was made for other content",
    "purged-content": "content that was purged would be stored again",
    "merge-conflict": "both sides changed the same item, each in its own way",
    "merging": "a merge, cherry-pick or revert is in progress",
    "unresolved": "conflicts of a merge in progress are left",
    "unrelated": "two histories have no commit in common",
    "not-fast-forward": "the branch has commits that the other does not have",
    "reserved": "a ref is reserved by a push to several remotes that is not settled yet",
    "not-empty": "a place that is to become a repository holds something else",
    # Declined
    "nothing-to-commit": "there is no change to record",
    "nothing-to-stash": "there is no change to set aside",
    "not-merging": "no merge, cherry-pick or revert is in progress",
    "nothing-to-undo": "there is no command to take back, or to do again",
    "unreadable": "a file cannot be read",
    "bad-declaration": "there are mistakes in contentvc.toml",
    "bad-schema": "a schema is missing, or cannot be used",
    "invalid-content": "content breaks what its content set asks",
    "nothing-to-propose": "no files are there that a content set could be made of",
    "nothing-to-purge": "no version has such content, or what has it must stay",
    # Not allowed
    "permission-denied": "the file system, or the provider of a bucket, does not allow it",
    "not-supported": "this platform, file system or storage cannot do it safely",
    "unsafe-storage": "the storage does not create names exclusively, so writing is refused",
    # Damaged
    "damaged": "stored bytes are not what they were",
    "missing-object": "an object that should be stored is not",
    "needs-newer": "the repository needs a newer contentvc",
    "unsafe-name": "a stored name would be dangerous on disk",
    "went-back": "a remote no longer has an operation that was seen there",
    "other-repository": "a remote is not the repository, or not the replica, that it was",
    "beyond-limit": "a stored size or count is beyond what is believed",
    # Busy
    "busy": "another command is using the workspace",
    "disk-full": "no space is left",
    "storage-failed": "the storage did not do what was asked",
    "start-over": "what was prepared no longer fits; the command is tried again",
    # Unreachable
    "unreachable": "a remote does not answer",
    "unknown-bucket": "the bucket of a remote is not there",
    # Ends of the program that no error of this tree is raised for
    "interrupted": "Ctrl-C was pressed",
    "internal": "contentvc itself failed",
}


class ContentvcError(Exception):
    """Anything that can go wrong outside our own code.

    Raises:
        KeyError: the code is not in `CODES` (a bug of ours).
    """

    def __init__(self, code: str, message: str, hint: str = "", **details: Detail) -> None:
        super().__init__(message)
        self.code = code
        self.meaning = CODES[code]
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """How it comes back from another process: `Exception` would drop all but the message."""
        return _again, (type(self), self.code, self.message, self.hint, self.details)


class Declined(ContentvcError):
    """The answer is no: nothing to commit, nothing found to differ."""


class Usage(ContentvcError):
    """The caller asked for something that makes no sense; asking differently helps."""


class Missing(ContentvcError, KeyError):
    """What was named does not exist; a `KeyError`, so that mappings of names behave as such."""


class Conflict(ContentvcError):
    """Going on would lose something or contradict what others did; nothing was changed."""


class NotAllowed(ContentvcError):
    """The platform, the file system or the rules forbid it."""


class Damaged(ContentvcError):
    """Stored or received bytes are not to be trusted."""


class Busy(ContentvcError):
    """Trying again later, or making room, helps."""


class Unreachable(ContentvcError):
    """A remote gave no answer; nothing was changed here, and trying again resumes."""


def _again(
    kind: type[ContentvcError], code: str, message: str, hint: str, details: dict[str, Detail]
) -> ContentvcError:
    return kind(code, message, hint, **details)
