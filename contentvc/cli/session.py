"""Session: what a command is given: the edge, the options, the settings, a way to print."""

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Self

import typer

from contentvc.actions.progress import Progress, Silent
from contentvc.cli.edge import Edge
from contentvc.cli.escape import escape, sound
from contentvc.cli.options import Options, Start
from contentvc.cli.output import Output, Render, Report, Screen, ToJson
from contentvc.cli.palette import Palette, wants_color
from contentvc.cli.stream import OutputClosed, flush
from contentvc.errors import ContentvcError, Missing, Usage
from contentvc.surroundings.settings import ColorChoice, Settings
from contentvc.worktree.place import Place, find

if TYPE_CHECKING:
    from contentvc.actions.context import Context
    from contentvc.cli.pager import Pager
    from contentvc.history.log import Clockwork
    from contentvc.repository import Repository

__all__ = ["Session"]


def _may_fork() -> bool:
    """Whether no bucket is in use."""
    # Its client has threads: what they hold at a fork stays held in the child for ever.
    return "contentvc.storage.bucket" not in sys.modules


class Session:
    """One run of one command. Everything in it is found when it is first asked for."""

    def __init__(self, edge: Edge, options: Options, arguments: tuple[str, ...] = ()) -> None:
        self.edge = edge
        self.options = options
        self.arguments = tuple(map(sound, arguments))
        self._pager: Pager | None = None

    @classmethod
    def of(cls, ctx: typer.Context) -> Self:
        """The session of the command that is running."""
        start = Start.of(ctx)
        session = cls(start.edge, start.options, start.arguments)
        ctx.call_on_close(session.close)
        return session

    @cached_property
    def here(self) -> bytes:
        """Where the person stands, after ``-C``; absolute, without symlinks.

        Raises:
            Missing: there is no such folder.
        """
        start = self.edge.here
        if start is None:
            raise Missing("unknown-path", "the current folder no longer exists", "cd elsewhere")
        folder = os.path.realpath(os.path.join(start, *map(os.fsencode, self.options.folders)))
        if not os.path.isdir(folder):
            raise Missing("unknown-path", f"there is no folder {escape(folder)}")
        return folder

    @cached_property
    def place(self) -> Place:
        """The working tree the person stands in.

        Raises:
            Missing: none here or above (``not-a-repository``).
        """
        return find(self.here)

    @property
    def standing(self) -> bytes:
        """Where in the working tree the person stands; empty at its root, or outside of one."""
        place = self._place_if_any
        if place is None or self.here == place.root:
            return b""
        return os.path.relpath(self.here, place.root)

    @cached_property
    def repository(self) -> "Repository":
        """The repository of that working tree, as it is now or as of ``--at-operation``.

        Raises:
            Missing: there is none, or no such operation.
            Damaged: it needs a newer version, or is damaged.
        """
        from contentvc.repository import Repository
        from contentvc.storage.local import LocalStorage

        storage = LocalStorage(self.place.repository)
        try:
            repository = Repository.open(storage, self.clockwork, self.options.at_operation)
        except Missing as error:
            if error.code != "not-a-repository" or not self.place.is_linked:
                raise
            raise Missing(
                error.code,
                f"the repository of this working tree is not in {escape(self.place.folder)}",
                f"if it was moved, type there: contentvc workspace add {escape(self.place.root)}",
            ) from error
        if os.path.lexists(self.place.lazy):
            from contentvc.remotes.elsewhere import FromRemotes

            repository.objects.elsewhere = FromRemotes(
                repository,
                self.place.folder,
                self.edge.variables,
                self.author,
                lambda: self.progress,
            )
        return repository

    def check_current(self, verb: str) -> None:
        """Refuse ``--at-operation`` for what changes more than this repository's own log.

        Raises:
            Usage: it is given.
        """
        if self.options.at_operation is not None:
            raise Usage("usage", f"{verb} works on what is there now", "drop --at-operation")

    @property
    def clockwork(self) -> "Clockwork":
        """The clock, randomness and patience that the log needs."""
        from contentvc.history.log import Clockwork

        return Clockwork(self.edge.now, self.edge.random, self.edge.pause)

    @cached_property
    def context(self) -> "Context":
        """What an action is given.

        Raises:
            Missing, Damaged, Usage: as `repository`, `settings` and `author`.
        """
        return self.context_of(self.repository, self.place)

    def context_of(self, repository: "Repository", place: Place) -> "Context":
        """The same for a repository that was just made, and the working tree that it gets.

        Raises:
            Usage: as `settings`.
        """
        from contentvc.actions.context import Context
        from contentvc.worktree.workers import Forked

        return Context(
            repository=repository,
            place=place,
            who=self.author,
            command=self.arguments,
            now=self.edge.now(),
            zone=self.edge.zone,
            workers=Forked(self.edge.processors, _may_fork),
            progress=self.progress,
            on_wait=lambda: self.output.note("another command is using this workspace; waiting"),
            use_gitignore=self.settings.flag("ignore.git"),
            is_mac=self.edge.platform == "darwin",
            variables=self.edge.variables,
            here=self.here,
        )

    @cached_property
    def settings(self) -> Settings:
        """The settings of the user and, inside a working tree, of its repository.

        Raises:
            Usage: a file of settings cannot be understood.
        """
        place = self._place_if_any
        return Settings.load(self.edge.config_file, None if place is None else place.config)

    def author(self, flag: str | None = None) -> str:
        """``Name <address>`` of who runs the command; `flag` is what ``--author`` says.

        Raises:
            Usage: the flag, the environment variable or a setting is no author.
        """
        from contentvc.surroundings.author import author, checked_author

        if flag is not None:
            return checked_author(flag, "--author")
        return author(self.edge, self.settings, self.here)

    @cached_property
    def output(self) -> Output:
        """Where the command's words go."""
        return self._output(self.settings.color, self.standing)

    @cached_property
    def plain_output(self) -> Output:
        """For telling of an error, which nothing must prevent, settings that are wrong included."""
        try:
            return self.output
        except (ContentvcError, OSError):
            return self._output(ColorChoice.AUTO, b"")

    @cached_property
    def progress(self) -> Progress:
        """Where actions tell how far they are."""
        edge, wanted = self.edge, self.options.progress and not self.options.quiet
        if not wanted or edge.is_dumb or not edge.stderr.isatty():
            return Silent()
        if not self.settings.flag("ui.progress"):
            return Silent()
        from contentvc.cli.progress import TerminalProgress

        return TerminalProgress(edge.stderr, edge.monotonic, self.output.error_palette)

    def emit(self, report: Report, render: Render[Report], to_json: ToJson[Report]) -> None:
        """Print what was asked for: as text, or as a document."""
        self.output.emit(report, render, to_json)

    def announce(self, report: Report, render: Render[Report], to_json: ToJson[Report]) -> None:
        """Print what the command did: as text unless ``-q`` is given, or as a document."""
        self.output.announce(report, render, to_json)

    def page(self) -> None:
        """Show what this command prints in the person's pager; to be said before it is printed."""
        wanted = self.options.pager and not (self.options.quiet or self.options.json)
        if wanted and self.edge.stdout.isatty():
            from contentvc.cli.pager import pager

            self._pager = pager(self.edge, self.settings.text("core.pager"))

    def close(self) -> None:
        """End what may be left on the terminal, also when an error is on its way."""
        if self._pager is not None:
            self._pager.finish()
        if "progress" in self.__dict__:
            self.progress.finish()
        is_over = sys.exc_info()[1] is None  # and not given up
        if is_over and "context" in self.__dict__ and self.context.repository.has_appended:
            self._compact_a_little()

    def _compact_a_little(self) -> None:
        """Merge small packs if many have piled up; the command's words go out before that."""
        from contentvc import limits
        from contentvc.upkeep.compact_runs import run_count

        if run_count(self.context.repository.view.packs.keys()) < limits.COMPACT_RUNS:
            return
        from contentvc.actions.compact_a_little import compact_a_little

        try:
            flush(self.edge.stdout)
            is_wanted = self.settings.flag("compact.auto")
        except (ContentvcError, OutputClosed):
            return  # told of where it matters
        if is_wanted:
            compact_a_little(self.context)

    @cached_property
    def _place_if_any(self) -> Place | None:
        here = self.here  # a folder of -C that is not there is an error all the same
        try:
            return find(here)
        except Missing:
            return None

    def _output(self, setting: ColorChoice, standing: bytes) -> Output:
        edge = self.edge
        return Output(
            stdout=edge.stdout if self._pager is None else self._pager.stream(),
            stderr=edge.stderr,
            screen=Screen(
                palette=self._palette(setting, is_terminal=edge.stdout.isatty()),
                width=edge.width,
                now=edge.now(),
                zone=edge.zone,
                standing=standing,
                has_lines=edge.draws_lines,
            ),
            error_palette=self._palette(setting, is_terminal=edge.stderr.isatty()),
            json=self.options.json,
            quiet=self.options.quiet,
        )

    def _palette(self, setting: ColorChoice, *, is_terminal: bool) -> Palette:
        return Palette(
            wants_color(
                self.options.color,
                setting,
                self.edge.variables.get("NO_COLOR", ""),
                is_terminal=is_terminal and not self.edge.is_dumb,
            )
        )
