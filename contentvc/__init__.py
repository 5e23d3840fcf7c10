"""contentvc: version control for the content that AI systems run on.

`contentvc.open` a folder that is under contentvc, or `contentvc.open_repository` one to be read,
and go on from there.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from contentvc.changes.files import ChangeKind
    from contentvc.errors import (
        Busy,
        Conflict,
        ContentvcError,
        Damaged,
        Declined,
        Missing,
        NotAllowed,
        Unreachable,
        Usage,
    )
    from contentvc.face.applying import Applied
    from contentvc.face.attributes import Attributes, Notes
    from contentvc.face.change import Change
    from contentvc.face.cloning import clone_workspace as clone
    from contentvc.face.edits import Edit
    from contentvc.face.evicting import Evicted
    from contentvc.face.file import File
    from contentvc.face.item_history import ItemVersion
    from contentvc.face.merged import ConflictingFile, ConflictingItem, Merged, Picked
    from contentvc.face.opening import init_workspace as init
    from contentvc.face.opening import open_workspace as open
    from contentvc.face.operations import Operation, Operations
    from contentvc.face.problems import Problem
    from contentvc.face.refs import Branches, Refs, Tags
    from contentvc.face.remotes import BranchThere, Remote, Remotes, RemoteState
    from contentvc.face.reports import (
        Forgotten,
        KeptFile,
        Purged,
        Restored,
        Status,
        Switched,
        Undone,
    )
    from contentvc.face.repository import Repository, open_repository
    from contentvc.face.sets import ContentSet
    from contentvc.face.sharing import Fetched, MovedRef, Pulled, Pushed
    from contentvc.face.stashes import Popped, Stash, Stashes
    from contentvc.face.syncing import Synced, SyncedRemote
    from contentvc.face.tree import Tree
    from contentvc.face.version import Version
    from contentvc.face.workspace import Workspace
    from contentvc.face.workspaces import Removed, WorkspaceEntry, Workspaces

__all__ = [
    "Applied",
    "Attributes",
    "BranchThere",
    "Branches",
    "Busy",
    "Change",
    "ChangeKind",
    "Conflict",
    "ConflictingFile",
    "ConflictingItem",
    "ContentSet",
    "ContentvcError",
    "Damaged",
    "Declined",
    "Edit",
    "Evicted",
    "Fetched",
    "File",
    "Forgotten",
    "ItemVersion",
    "KeptFile",
    "Merged",
    "Missing",
    "MovedRef",
    "NotAllowed",
    "Notes",
    "Operation",
    "Operations",
    "Picked",
    "Popped",
    "Problem",
    "Pulled",
    "Purged",
    "Pushed",
    "Refs",
    "Remote",
    "RemoteState",
    "Remotes",
    "Removed",
    "Repository",
    "Restored",
    "Stash",
    "Stashes",
    "Status",
    "Switched",
    "Synced",
    "SyncedRemote",
    "Tags",
    "Tree",
    "Undone",
    "Unreachable",
    "Usage",
    "Version",
    "Workspace",
    "WorkspaceEntry",
    "Workspaces",
    "__version__",
    "clone",
    "init",
    "open",
    "open_repository",
]
__version__ = "0.1.0"

_PLACES: Final = {
    "Applied": "face.applying",
    "Attributes": "face.attributes",
    "BranchThere": "face.remotes",
    "Branches": "face.refs",
    "Busy": "errors",
    "Change": "face.change",
    "ChangeKind": "changes.files",
    "Conflict": "errors",
    "ConflictingFile": "face.merged",
    "ConflictingItem": "face.merged",
    "ContentSet": "face.sets",
    "ContentvcError": "errors",
    "Damaged": "errors",
    "Declined": "errors",
    "Edit": "face.edits",
    "Evicted": "face.evicting",
    "Fetched": "face.sharing",
    "File": "face.file",
    "Forgotten": "face.reports",
    "ItemVersion": "face.item_history",
    "KeptFile": "face.reports",
    "Merged": "face.merged",
    "Missing": "errors",
    "MovedRef": "face.sharing",
    "NotAllowed": "errors",
    "Notes": "face.attributes",
    "Operation": "face.operations",
    "Operations": "face.operations",
    "Picked": "face.merged",
    "Popped": "face.stashes",
    "Problem": "face.problems",
    "Pulled": "face.sharing",
    "Purged": "face.reports",
    "Pushed": "face.sharing",
    "Refs": "face.refs",
    "Remote": "face.remotes",
    "RemoteState": "face.remotes",
    "Remotes": "face.remotes",
    "Removed": "face.workspaces",
    "Repository": "face.repository",
    "Restored": "face.reports",
    "Stash": "face.stashes",
    "Stashes": "face.stashes",
    "Status": "face.reports",
    "Switched": "face.reports",
    "Synced": "face.syncing",
    "SyncedRemote": "face.syncing",
    "Tags": "face.refs",
    "Tree": "face.tree",
    "Undone": "face.reports",
    "Unreachable": "errors",
    "Usage": "errors",
    "Version": "face.version",
    "Workspace": "face.workspace",
    "WorkspaceEntry": "face.workspaces",
    "Workspaces": "face.workspaces",
    "clone": "face.cloning",
    "init": "face.opening",
    "open": "face.opening",
    "open_repository": "face.repository",
}
"""Where each name is, below this package. A command imports only what it needs, so nothing is
imported here before it is asked for."""
_OTHERWISE: Final = {"clone": "clone_workspace", "init": "init_workspace", "open": "open_workspace"}
"""What is called otherwise there, since a module should not hide Python's own `open`."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"contentvc.{_PLACES[name]}"), _OTHERWISE.get(name, name))
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
