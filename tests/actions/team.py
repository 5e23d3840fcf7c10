"""Two people with a replica each, and a folder that both know as ``origin``."""

import os
from collections.abc import Callable
from pathlib import Path

from contentvc.repository import Repository
from contentvc.storage.local import LocalStorage
from contentvc.worktree.place import at
from tests.actions.site import Site

__all__ = ["Team"]


class Team:
    """Ada began it and pushed; Ben has what she pushed."""

    def __init__(
        self, folder: str | os.PathLike[str], clock: Callable[[], int] | None = None
    ) -> None:
        self.meet(folder, clock)
        self.ada.init()
        self.ada.write({b"a": b"one\n", b"b": b"one\n"}).commit("first")
        self.ada.add_remote("origin", self.location)
        self.ada.push()
        self.ben.replica_of(self.ada)
        self.ben.add_remote("origin", self.location)
        self.ben.pull()

    def meet(self, folder: str | os.PathLike[str], clock: Callable[[], int] | None = None) -> None:
        """Who they are, and where, when all of it is there already."""
        above = Path(folder)
        more = {} if clock is None else {"clock": clock}
        self.location = str(above / "shared")
        self.ada, self.ben = Site(above / "ada", **more), Site(above / "ben", **more)

    def shared(self) -> Repository:
        """The repository in the shared folder, as it is now."""
        place = at(os.fsencode(self.location))
        folder = self.location if place is None else place.repository
        return Repository.open(LocalStorage(folder), self.ada.clockwork)

    def refs(self) -> dict[str, bytes]:
        """The refs that the shared folder has."""
        return {name: ref.id for name, ref in self.shared().view.refs.items()}

    def operations(self, site: Site) -> int:
        """How many operations somebody's log has."""
        return site.repository().view.sequence
