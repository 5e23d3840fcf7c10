"""Program: parses the command line, runs one command, and turns whatever happens into an exit code.

The module of a command is imported when that command is invoked, and no other.
"""

import os
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, Final, cast

import typer
from typer.core import TyperGroup

from contentvc import __version__
from contentvc.cli.commands import COMMANDS, GIT_VERBS
from contentvc.cli.edge import Edge
from contentvc.cli.exits import OUTPUT_CLOSED, USAGE
from contentvc.cli.failure import failure_of
from contentvc.cli.help import HELP_NAMES, HelpfulCommand, grouped, printing, write_options
from contentvc.cli.options import Options, Start, global_options
from contentvc.cli.stream import OutputClosed, PagerQuit, flush, send
from contentvc.errors import ContentvcError, Usage
from contentvc.surroundings.spelling import nearest

__all__ = ["command", "program", "run"]

_NAMES: Final = ("contentvc", "cvc")


def run(called: str, arguments: Sequence[str], edge: Edge) -> int:
    """Run one command line; the exit code.

    Args:
        called: the program as it was called, which completion scripts are made for.
        arguments: what stands after it.
        edge: the world. Standard output is flushed when this returns.
    """
    start = Start(edge, Options(), tuple(arguments))
    try:
        code = _invoked(called, arguments, start)
        flush(edge.stdout)
    except PagerQuit:
        return 0
    except OutputClosed:
        return OUTPUT_CLOSED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last place to tell of it
        return _failed(error, arguments, start)
    return code


def program() -> TyperGroup:
    """The command line with all that it understands."""
    app = typer.Typer(cls=_Commands, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback(
        invoke_without_command=True,
        subcommand_metavar="COMMAND …",
        context_settings={"help_option_names": HELP_NAMES},
    )(_root)
    group = cast("TyperGroup", typer.main.get_command(app))
    group.params.extend(global_options())
    return group


def command(name: str) -> HelpfulCommand:
    """The command of that name; imports its module."""
    module_name = COMMANDS[name].module
    module = import_module(f"contentvc.cli.{module_name}")
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=HelpfulCommand)(getattr(module, module_name))
    made = cast("HelpfulCommand", typer.main.get_command(app))
    made.examples = module.EXAMPLES
    made.params.extend(global_options())
    return made


class _Commands(TyperGroup):
    """The commands of the table, each imported when it is invoked."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        return list(COMMANDS)

    def get_help_option_names(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        return HELP_NAMES

    def get_help_option(self, ctx: Any) -> Any:
        return printing(super().get_help_option(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> HelpfulCommand | None:
        if cmd_name in COMMANDS:
            return command(cmd_name)
        if ctx.resilient_parsing:
            return None
        raise _unknown(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """``help``, alone or before a command, is what people type first."""
        if args[0] == "help" and not ctx.resilient_parsing:
            if len(args) == 1:
                send(Start.of(ctx).edge.stdout, ctx.get_help() + "\n")
                raise typer.Exit
            args = [args[1], "--help"]
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """From the table: importing every command would take longer than people wait for a Tab."""
        from typer.core import CompletionItem  # type: ignore[attr-defined]

        names = [
            CompletionItem(name, help=one.summary)
            for name, one in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + super(TyperGroup, self).shell_complete(ctx, incomplete)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        for group, members in grouped():
            with formatter.section(group):
                formatter.write_dl(members)
        write_options(ctx, formatter, self.get_params(ctx))
        formatter.write("\nEach command explains itself: contentvc COMMAND --help\n")


def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Version control for the content that AI systems run on."""
    start = Start.of(ctx)
    if version:
        _print_version(start)
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        if start.options.json:
            raise Usage("usage", "a command is missing", "see: contentvc --help")
        start.edge.stderr.write(ctx.get_help() + "\n")
        raise typer.Exit(USAGE)


def _print_version(start: Start) -> None:
    text = f"contentvc {__version__}"
    if start.options.json:
        from contentvc.cli.documents import dump

        text = dump({"version": __version__})
    send(start.edge.stdout, text + "\n")


def _invoked(called: str, arguments: Sequence[str], start: Start) -> int:
    name = os.path.basename(called)
    name = name if name in _NAMES else _NAMES[0]
    group = program()
    variable = f"_{name.upper()}_COMPLETE"
    if instruction := start.edge.variables.get(variable):
        from contentvc.cli.completion import answer

        return answer(group, start, name, variable, instruction)
    try:
        with group.make_context(name, list(arguments), obj=start) as ctx:
            group.invoke(ctx)
    except typer.Exit as end:
        return end.exit_code
    except SystemExit as end:  # typer's own options for completion end so
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _unknown(name: str) -> Usage:
    if name in GIT_VERBS:
        return Usage("git-verb", f"contentvc has no command {name}", GIT_VERBS[name])
    meant = nearest(name, COMMANDS)
    hint = f"did you mean: contentvc {meant}" if meant else "see: contentvc --help"
    return Usage("usage", f"there is no command {name}", hint)


def _failed(error: BaseException, arguments: Sequence[str], start: Start) -> int:
    """Tell of an error; the exit code."""
    from contentvc.cli.session import Session

    start.options.json |= _asks_for_json(arguments)
    failure = failure_of(error)
    try:
        if start.edge.variables.get("CONTENTVC_TRACEBACK"):
            traceback.print_exception(error, file=start.edge.stderr)
        output = Session(start.edge, start.options).plain_output
        if start.options.json or not isinstance(error, KeyboardInterrupt):
            output.fail(failure)
        flush(start.edge.stdout)
    except (OSError, OutputClosed, ContentvcError):
        return failure.exit  # nobody can be told, and the exit code still tells
    return failure.exit


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a command line that was not parsed to its end asks for JSON."""
    plain = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in plain
