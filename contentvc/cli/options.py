"""Options: the global ones, which may stand before the command and after it.

They are declared once, as typer options, and every command gets them among its own. So the parser
itself knows them everywhere: ``-qm TEXT`` is understood, ``-m --json`` is a message, and help and
completion show them. Their values are gathered here instead of being passed to the command.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, cast

import typer

from contentvc.cli.complete import content_sets
from contentvc.surroundings.settings import ColorChoice

if TYPE_CHECKING:
    from contentvc.cli.edge import Edge

__all__ = [
    "GLOBAL_NAMES",
    "Author",
    "Message",
    "Options",
    "Paragraphs",
    "SetNames",
    "Start",
    "global_options",
]

GLOBAL_NAMES: Final = (
    "-C",
    "--json",
    "-q",
    "--color",
    "--no-progress",
    "--no-pager",
    "--at-operation",
)

SetNames = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME",
        help="Only files of this content set; may be given again.",
        autocompletion=content_sets,
        show_default=False,
    ),
]
"""The option of commands that can be narrowed to content sets."""
Message = Annotated[
    str | None, typer.Option("-m", "--message", metavar="TEXT", help="The commit's message.")
]
"""The option of commands that record a commit with a message of their own to fall back on."""
Paragraphs = Annotated[
    list[str] | None,
    typer.Option("-m", "--message", metavar="TEXT", help="The message; again: a paragraph."),
]
"""The option of commands that record what people have more to say about."""
Author = Annotated[
    str | None, typer.Option("--author", metavar="NAME <ADDRESS>", help="Who does it.")
]
"""The option of commands that record a commit in somebody's name."""


@dataclass(slots=True)
class Options:
    """What was given so far. It grows while the command line is parsed."""

    folders: list[str] = field(default_factory=list)
    """Each is relative to the one before it, as with git."""
    json: bool = False
    quiet: bool = False
    color: ColorChoice | None = None
    progress: bool = True
    pager: bool = True
    at_operation: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """What a run begins with; typer hands it on as ``ctx.obj``."""

    edge: "Edge"
    options: Options
    arguments: tuple[str, ...] = ()
    """The command line, without the program."""

    @classmethod
    def of(cls, ctx: typer.Context) -> Self:
        """That of the run in which a command line is parsed."""
        return cast("Self", ctx.find_root().obj)


def _gathered(ctx: typer.Context) -> Options:
    return Start.of(ctx).options


def _folders(ctx: typer.Context, value: list[str] | None) -> None:
    _gathered(ctx).folders += value or []


def _json(ctx: typer.Context, value: bool) -> None:
    _gathered(ctx).json |= value


def _quiet(ctx: typer.Context, value: bool) -> None:
    _gathered(ctx).quiet |= value


def _color(ctx: typer.Context, value: ColorChoice | None) -> None:
    if value is not None:
        _gathered(ctx).color = value


def _no_progress(ctx: typer.Context, value: bool) -> None:
    _gathered(ctx).progress &= not value


def _no_pager(ctx: typer.Context, value: bool) -> None:
    _gathered(ctx).pager &= not value


def _at_operation(ctx: typer.Context, value: int | None) -> None:
    if value is not None:
        _gathered(ctx).at_operation = value


def _declared(
    folder: Annotated[
        list[str] | None,
        typer.Option("-C", metavar="DIR", callback=_folders, help="Act as if started in DIR."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", callback=_json, help="Print one JSON document.")
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "-q", "--quiet", callback=_quiet, help="Print only what was asked for, and errors."
        ),
    ] = False,
    color: Annotated[
        ColorChoice | None,
        typer.Option("--color", callback=_color, help="When to use colours."),
    ] = None,
    no_progress: Annotated[
        bool, typer.Option("--no-progress", callback=_no_progress, help="Show no progress.")
    ] = False,
    no_pager: Annotated[
        bool,
        typer.Option("--no-pager", callback=_no_pager, help="Show long output without a pager."),
    ] = False,
    at_operation: Annotated[
        int | None,
        typer.Option(
            "--at-operation",
            metavar="N",
            min=1,
            callback=_at_operation,
            help="See the repository as it was after operation N.",
        ),
    ] = None,
) -> None:
    """Only read by typer."""


@cache
def global_options() -> tuple[Any, ...]:
    """The parameters to add to a command. They are stateless, so all commands share them."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(_declared)
    options = tuple(typer.main.get_command(app).params)
    for option in options:
        option.expose_value = False
        # A command may have a parameter of the same name, and typer keeps values by name.
        option.name = f"global_{option.name}"
    return options
