"""Help pages: plain text, quick to make and easy to search.

Commands come in groups on the first page, from the table alone, so that no command's module is
imported for it. Every command's page has examples.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import typer
from typer.core import TyperCommand

from contentvc.cli.commands import COMMANDS, Command, Group
from contentvc.cli.options import GLOBAL_NAMES, Start, global_options
from contentvc.cli.stream import send

__all__ = ["HELP_NAMES", "HelpfulCommand", "grouped", "printing", "write_options"]

HELP_NAMES: Final = ["-h", "--help"]
Examples = Sequence[tuple[str, str]]
_INHERITED: Final = f"{', '.join(GLOBAL_NAMES)}: see contentvc --help"


class HelpfulCommand(TyperCommand):
    """A command whose help page has examples, and its own options apart from the global ones."""

    examples: Examples = ()

    def get_help_option_names(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """In one order; typer takes that of a set."""
        return HELP_NAMES

    def get_help_option(self, ctx: Any) -> Any:
        """The option that prints the page."""
        return printing(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Usage, what it does, examples, arguments, options."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        with formatter.section("Examples"):
            for line, meaning in self.examples:
                formatter.write(f"  {line}\n      {meaning}\n")
        inherited = global_options()
        write_options(ctx, formatter, [one for one in self.get_params(ctx) if one not in inherited])
        formatter.write(f"\nGlobal options:\n  {_INHERITED}\n")


def printing(option: Any) -> Any:
    """The option for help, so that it prints as all else does."""
    option.callback = _print_help
    return option


def _print_help(ctx: typer.Context, _: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        send(Start.of(ctx).edge.stdout, ctx.get_help() + "\n")
        raise typer.Exit


def write_options(ctx: Any, formatter: Any, params: Sequence[Any]) -> None:
    """The sections of a help page that explain parameters."""
    for kind, heading in (("argument", "Arguments"), ("option", "Options")):
        records = [one.get_help_record(ctx) for one in params if one.param_type_name == kind]
        shown = [record for record in records if record is not None]
        if shown:
            with formatter.section(heading):
                formatter.write_dl(shown)


def grouped(commands: Mapping[str, Command] = COMMANDS) -> Iterator[tuple[str, Examples]]:
    """The groups that have commands, each with names and summaries."""
    for group in Group:
        members = [(name, one.summary) for name, one in commands.items() if one.group is group]
        if members:
            yield group.value, members
