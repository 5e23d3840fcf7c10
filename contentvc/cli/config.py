"""``contentvc config``: shows and changes settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import typer

from contentvc.cli.complete import settings as complete_settings
from contentvc.cli.documents import Document, Json
from contentvc.cli.escape import escape
from contentvc.cli.output import Screen
from contentvc.cli.palette import Tone, aligned
from contentvc.cli.session import Session
from contentvc.errors import Missing, Usage
from contentvc.surroundings.settings import Entry, Setting, Source, Value, parsed, setting
from contentvc.surroundings.settings_file import remove_setting, write_setting

__all__ = ["EXAMPLES", "config"]

EXAMPLES: Final = (
    ("contentvc config", "all settings, their values and where these come from"),
    ("contentvc config ignore.git true", "in this repository, let .gitignore files count too"),
    ('contentvc config --user user.name "Ada Lovelace"', "in all your repositories"),
    ("contentvc config --unset ignore.git", "back to what held before"),
)


@dataclass(frozen=True, slots=True)
class _Changed:
    """A setting that was set or, without a value, taken out."""

    setting: Setting
    value: Value | None
    source: Source
    path: bytes
    was_there: bool = True


def config(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="The setting.",
            autocompletion=complete_settings,
            show_default=False,
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Argument(metavar="[VALUE]", help="Its new value.", show_default=False),
    ] = None,
    user: Annotated[
        bool, typer.Option("--user", help="Change your own settings, not the repository's.")
    ] = False,
    unset: Annotated[bool, typer.Option("--unset", help="Take the setting out.")] = False,
) -> None:
    """Show all settings, show one, or change one.

    A repository's setting counts more than your own. What names a program counts only from your
    own settings, and is always written there.
    """
    session = Session.of(ctx)
    if name is None:
        _check_alone(unset=unset, user=user)
        session.emit(session.settings.entries(), _list, _list_json)
    elif unset:
        _unset(session, setting(name), value, user=user)
    elif value is not None:
        _set(session, setting(name), value, user=user)
    else:
        entry = session.settings.entry(name)
        session.emit(entry, _one, _entry_json)
        if entry.value is None:
            raise typer.Exit(1)


def _check_alone(*, unset: bool, user: bool) -> None:
    if unset or user:
        flag = "--unset" if unset else "--user"
        raise Usage("usage", f"{flag} needs the name of a setting", "see: contentvc config --help")


def _set(session: Session, one: Setting, text: str, *, user: bool) -> None:
    value = parsed(one, text)
    source, path = _target(session, one, user=user)
    write_setting(path, one.name, value)
    session.announce(_Changed(one, value, source, path), _changed, _changed_json)


def _unset(session: Session, one: Setting, value: str | None, *, user: bool) -> None:
    if value is not None:
        raise Usage("usage", "--unset takes no value", f"run: contentvc config --unset {one.name}")
    source, path = _target(session, one, user=user)
    was_there = remove_setting(path, one.name)
    session.announce(_Changed(one, None, source, path, was_there), _changed, _changed_json)


def _target(session: Session, one: Setting, *, user: bool) -> tuple[Source, bytes]:
    """Which file a change goes to."""
    if user or one.user_only:
        return Source.USER, session.edge.config_file.encode("utf-8", "surrogateescape")
    try:
        return Source.REPOSITORY, session.place.config
    except Missing as error:
        raise Missing(
            "not-a-repository", error.message, "add --user to change your own settings"
        ) from error


def _list(entries: tuple[Entry, ...], screen: Screen) -> Iterator[str]:
    yield from aligned([list(_row(entry, screen)) for entry in entries])


def _row(entry: Entry, screen: Screen) -> Iterator[str]:
    yield entry.setting.name
    yield _shown(entry.value)
    note = "" if entry.source is Source.DEFAULT else entry.source.value
    if entry.shadowed:
        note += f"{', ' if note else ''}the repository's value does not count"
    yield screen.paint(note, Tone.HINT)


def _one(entry: Entry, _: Screen) -> Iterator[str]:
    if entry.value is not None:
        yield _shown(entry.value)


def _changed(change: _Changed, screen: Screen) -> Iterator[str]:
    where = screen.paint(f"({change.source.value}: {escape(change.path)})", Tone.HINT)
    name = change.setting.name
    if change.value is not None:
        yield f"{name} = {_shown(change.value)}  {where}"
    elif change.was_there:
        yield f"{name} is no longer set  {where}"
    else:
        yield f"{name} was not set  {where}"


def _shown(value: Value | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape(value)


def _list_json(entries: tuple[Entry, ...]) -> Document:
    return {"settings": [_entry_json(entry) for entry in entries]}


def _entry_json(entry: Entry) -> dict[str, Json]:
    return {"name": entry.setting.name, "value": entry.value, "source": entry.source.value}


def _changed_json(change: _Changed) -> Document:
    return {
        "name": change.setting.name,
        "value": change.value,
        "source": change.source.value,
    }
