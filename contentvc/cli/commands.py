"""The commands: one table that the program, its help, completion and the documentation share."""

from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ["COMMANDS", "GIT_VERBS", "Command", "Group"]


class Group(StrEnum):
    """What a command is for; the order is that of the help page."""

    START = "Start"
    RECORD = "Record"
    LOOK = "Look"
    BRANCH = "Branch"
    SHARE = "Share"
    BACK = "Go back"
    CARE = "Take care of the repository"


class Command(NamedTuple):
    """Where a command is and what its one line in the help says."""

    module: str
    """A module of `contentvc.cli` that has a function of the same name, and `EXAMPLES`."""
    summary: str
    group: Group


COMMANDS: Final[dict[str, Command]] = {
    "init": Command("init", "Put a folder under contentvc", Group.START),
    "clone": Command("clone", "Get a repository from another place", Group.START),
    "demo": Command("demo", "Watch a first session in a temporary folder", Group.START),
    "status": Command("status", "Show what is not recorded yet", Group.RECORD),
    "commit": Command("commit", "Record changes", Group.RECORD),
    "untrack": Command("untrack", "Stop recording files, and keep them", Group.RECORD),
    "attr": Command("attr", "Attach attributes to files, and notes to commits", Group.RECORD),
    "log": Command("log", "Show the history", Group.LOOK),
    "diff": Command("diff", "Show what differs between versions", Group.LOOK),
    "show": Command("show", "Show a commit and what it changed", Group.LOOK),
    "cat": Command("cat", "Write a file as of a version to standard output", Group.LOOK),
    "history": Command("history", "Show all versions of one record or value", Group.LOOK),
    "ls": Command("ls", "List a folder as of a version", Group.LOOK),
    "sets": Command("sets", "List content sets, or propose some", Group.LOOK),
    "export": Command("export", "Write a version as a folder or an archive", Group.LOOK),
    "branch": Command("branch", "List, make, rename or delete branches", Group.BRANCH),
    "switch": Command("switch", "Go to another branch", Group.BRANCH),
    "merge": Command("merge", "Bring in what another branch has done", Group.BRANCH),
    "cherry-pick": Command("cherry_pick", "Do single commits again here", Group.BRANCH),
    "conflicts": Command("conflicts", "Show what a merge could not decide", Group.BRANCH),
    "resolve": Command("resolve", "Decide conflicts", Group.BRANCH),
    "tag": Command("tag", "List, make or delete tags", Group.BRANCH),
    "workspace": Command("workspace", "Work in several folders side by side", Group.BRANCH),
    "remote": Command("remote", "Name other replicas, and see how they are", Group.SHARE),
    "sync": Command("sync", "Fetch, merge and push: the one for every day", Group.SHARE),
    "fetch": Command("fetch", "Bring what a remote has, and look at it", Group.SHARE),
    "pull": Command("pull", "Fetch, and merge it into this branch", Group.SHARE),
    "push": Command("push", "Give branches and tags to a remote", Group.SHARE),
    "undo": Command("undo", "Take back the last command", Group.BACK),
    "redo": Command("redo", "Do again what was taken back", Group.BACK),
    "rollback": Command("rollback", "Record a new commit equal to an old one", Group.BACK),
    "revert": Command("revert", "Record the opposite of single commits", Group.BACK),
    "stash": Command("stash", "Set changes aside, and bring them back", Group.BACK),
    "restore": Command("restore", "Bring files back to a version", Group.BACK),
    "apply": Command("apply", "Make changes that diff --as wrote", Group.BACK),
    "validate": Command("validate", "Check content against its content sets", Group.CARE),
    "verify": Command("verify", "Check that everything can be read back", Group.CARE),
    "operations": Command("operations", "List everything that was done", Group.CARE),
    "compact": Command("compact", "Make the repository as small as it can be", Group.CARE),
    "evict": Command("evict", "Drop content from this disk that a remote holds", Group.CARE),
    "forget": Command("forget", "Drop what operations kept", Group.CARE),
    "size": Command("size", "Show what takes the room", Group.CARE),
    "purge": Command("purge", "Make content be gone from every version", Group.CARE),
    "check-ignore": Command("check_ignore", "Show why a path is ignored", Group.CARE),
    "config": Command("config", "Show or change settings", Group.CARE),
}
"""In the order of the help page."""

_NO_STAGING: Final = (
    "there is no staging area: contentvc commit records every change, "
    "contentvc commit PATH… only some"
)

GIT_VERBS: Final[dict[str, str]] = {
    "add": _NO_STAGING,
    "archive": "contentvc export writes a version as a folder or an archive",
    "bisect": "not yet; contentvc switch --detach REV goes to any version to try it",
    "blame": "not yet; contentvc log -p PATH shows who changed what",
    "bundle": "not yet; contentvc push to a folder on a disk that travels",
    "checkout": "to another branch: contentvc switch NAME; "
    "files back to a version: contentvc restore PATH…",
    "clean": "contentvc never removes what it has not recorded; "
    "contentvc status lists it, and you remove it yourself",
    "describe": "not yet; contentvc log -n 1 shows the id and the tags of a commit",
    "filter-branch": "contentvc purge makes content be gone from every version",
    "fsck": "contentvc verify reads everything again and checks it",
    "gc": "contentvc compact merges small packs and drops what is past the undo window; "
    "small packs are merged by themselves, too",
    "grep": "not yet; grep -r in the folder, or in what contentvc export REV DEST wrote",
    "lfs": "large files are content like any other: contentvc commit",
    "mergetool": "contentvc conflicts lists what a merge could not decide; edit the file, then "
    "contentvc resolve PATH",
    "mv": "move the file yourself; contentvc commit finds the rename",
    "notes": "contentvc attr set --commit REV KEY=VALUE notes something on a commit",
    "rebase": "history stays as it is; to have commits of a branch on top of another: "
    "contentvc cherry-pick main..BRANCH",
    "reflog": "contentvc operations lists everything that was done",
    "request-pull": "not yet; tell others which branch was pushed",
    "reset": "take back the last command: contentvc undo; "
    "files back to a version: contentvc restore PATH…; "
    "a new commit equal to an old one: contentvc rollback REV",
    "rm": "remove the file yourself, then contentvc commit; "
    "to keep the file but no longer record it: contentvc untrack PATH…",
    "sparse-checkout": "contentvc workspace sparse PATH… has only these paths here; --add, "
    "--remove, --everything",
    "stage": _NO_STAGING,
    "submodule": "not yet: content of another repository is copied",
    "worktree": "contentvc workspace adds, lists and removes working trees",
}
"""Verbs of git that have no place here, and what does their work."""
