"""Settings: what can be chosen, where it may stand, and what holds here and now.

They stand in two TOML files: the user's own and the repository's, of which the repository's
counts more. A repository may come from somebody else, so a setting that names a program counts
only from the user's own file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Self

from contentvc.errors import Missing, Usage
from contentvc.surroundings.duration import is_duration
from contentvc.surroundings.plain import decoded, is_plain
from contentvc.surroundings.settings_file import read_settings
from contentvc.surroundings.spelling import nearest

__all__ = [
    "SETTINGS",
    "ColorChoice",
    "Entry",
    "Kind",
    "OnConflict",
    "Setting",
    "Settings",
    "Source",
    "Value",
    "checked",
    "parsed",
    "setting",
]

Value = str | bool
_LONGEST: Final = 1000
"""Characters of a text; longer ones are a mistake or an attack."""
_FLAGS: Final[dict[str, bool]] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}


class ColorChoice(StrEnum):
    """When there are colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class OnConflict(StrEnum):
    """What happens where both sides of a merge changed the same item in different ways."""

    STOP = "stop"
    """Leave both in the file, and let people decide."""
    FAIL = "fail"
    """Change nothing at all."""
    OURS = "ours"
    """The side that is merged into decides, item by item."""
    THEIRS = "theirs"
    """The side that is merged decides, item by item."""


class Kind(Enum):
    """What a setting's value can be."""

    TEXT = "text"
    NAME = "text without < and >"
    FLAG = "true or false"
    COLOR = ", ".join(ColorChoice)
    ON_CONFLICT = ", ".join(OnConflict)
    DURATION = "a duration like 30 days"


_CHOICES: Final[dict[Kind, type[StrEnum]]] = {
    Kind.COLOR: ColorChoice,
    Kind.ON_CONFLICT: OnConflict,
}


class Source(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    USER = "user"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be chosen."""

    name: str
    kind: Kind
    default: Value | None
    user_only: bool
    meaning: str


_TABLE: Final = (
    Setting(
        "compact.auto",
        Kind.FLAG,
        True,
        False,
        "Whether commands that add something merge small packs when many have piled up.",
    ),
    Setting(
        "compact.undo-window",
        Kind.DURATION,
        "30 days",
        False,
        "How far back undo reaches at least after contentvc compact; --undo-window counts more.",
    ),
    Setting(
        "core.editor",
        Kind.TEXT,
        None,
        True,
        "The editor for messages, a command line for the shell. "
        "Without it, the environment's VISUAL or EDITOR, then vi.",
    ),
    Setting(
        "core.pager",
        Kind.TEXT,
        None,
        True,
        "The program that shows long output, a command line for the shell; cat for none. "
        "Without it, the environment's PAGER, then less.",
    ),
    Setting(
        "ignore.git",
        Kind.FLAG,
        False,
        False,
        "Whether .gitignore files count as well as .contentvcignore files.",
    ),
    Setting(
        "merge.on-conflict",
        Kind.ON_CONFLICT,
        None,
        False,
        "What happens to conflicts of merge, cherry-pick, revert and stash pop; --on-conflict "
        "counts more. Without it, stop on a terminal and fail without one.",
    ),
    Setting("ui.color", Kind.COLOR, "auto", False, "When there are colours; --color counts more."),
    Setting(
        "ui.progress",
        Kind.FLAG,
        True,
        False,
        "Whether progress is shown on a terminal; --no-progress counts more.",
    ),
    Setting(
        "user.email",
        Kind.NAME,
        None,
        False,
        "The author's address in new commits. Without it, that of git's configuration.",
    ),
    Setting(
        "user.name",
        Kind.NAME,
        None,
        False,
        "The author's name in new commits. Without it, that of git's configuration.",
    ),
)
SETTINGS: Final[dict[str, Setting]] = {one.name: one for one in _TABLE}


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting with the value that holds, and where that comes from."""

    setting: Setting
    value: Value | None
    source: Source
    shadowed: bool = False
    """The repository's file has a value that does not count, as it is for the user to choose."""


@dataclass(frozen=True, slots=True)
class _Layer:
    source: Source
    path: str | bytes
    values: Mapping[str, object]

    def value(self, one: Setting) -> Value | None:
        """The value that this file has for a setting.

        Raises:
            Usage: it is none that the setting can have.
        """
        found = self.values.get(one.name)
        return None if found is None else checked(one, found, f" in {decoded(self.path)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a user in a repository."""

    layers: tuple[_Layer, ...]
    """The one that counts most first."""

    @classmethod
    def load(cls, user: str, repository: bytes | None) -> Self:
        """Those of the user's file and, unless None, of the repository's; files need not exist.

        Raises:
            Usage: a file is no TOML.
            NotAllowed, Busy: a file cannot be read.
        """
        layers = [_Layer(Source.USER, user, read_settings(user))]
        if repository is not None:
            layers.insert(0, _Layer(Source.REPOSITORY, repository, read_settings(repository)))
        return cls(tuple(layers))

    def entry(self, name: str) -> Entry:
        """The value that holds for a setting.

        Raises:
            Missing: there is no such setting.
            Usage: its value is not allowed.
        """
        one = setting(name)
        shadowed = False
        for layer in self.layers:
            if one.user_only and layer.source is Source.REPOSITORY:
                shadowed = name in layer.values
            elif (value := layer.value(one)) is not None:
                return Entry(one, value, layer.source, shadowed)
        return Entry(one, one.default, Source.DEFAULT, shadowed)

    def entries(self) -> tuple[Entry, ...]:
        """All settings, by name."""
        return tuple(map(self.entry, SETTINGS))

    def text(self, name: str) -> str | None:
        """The value of a setting that is a text; None when it is not set."""
        value = self.entry(name).value
        return value if isinstance(value, str) else None

    def flag(self, name: str) -> bool:
        """The value of a setting that is true or false."""
        return self.entry(name).value is True

    @property
    def on_conflict(self) -> OnConflict | None:
        """``merge.on-conflict``; None where it is not set."""
        text = self.text("merge.on-conflict")
        return None if text is None else OnConflict(text)

    @property
    def color(self) -> ColorChoice:
        """``ui.color``."""
        return ColorChoice(self.text("ui.color") or "")


def setting(name: str) -> Setting:
    """The setting of that name.

    Raises:
        Missing: there is none; the hint names the nearest.
    """
    if name in SETTINGS:
        return SETTINGS[name]
    meant = nearest(name, SETTINGS)
    hint = f"did you mean: {meant}" if meant else "list them with: contentvc config"
    raise Missing("unknown-setting", f"there is no setting {name}", hint)


def parsed(one: Setting, text: str) -> Value:
    """The value that a person means by some text.

    Raises:
        Usage: the setting cannot have it.
    """
    if one.kind is Kind.FLAG:
        return checked(one, _FLAGS.get(text.casefold(), text))
    return checked(one, text.casefold() if one.kind in _CHOICES else text)


def checked(one: Setting, value: object, where: str = "") -> Value:
    """The value, if the setting can have it.

    Raises:
        Usage: it cannot.
    """
    if one.kind is Kind.FLAG:
        allowed = isinstance(value, bool)
    else:
        allowed = isinstance(value, str) and _is_allowed(one.kind, value)
    if not allowed or not isinstance(value, str | bool):
        shown = repr(value) if isinstance(value, str) else "something else"
        raise Usage(
            "bad-value",
            f"{one.name}{where} must be {one.kind.value}, not {shown[:80]}",
            f"change it with: contentvc config {one.name} VALUE",
        )
    return value


def _is_allowed(kind: Kind, text: str) -> bool:
    if kind in _CHOICES:
        return text in list(_CHOICES[kind])
    if kind is Kind.DURATION:
        return is_duration(text)
    if kind is Kind.NAME and not {"<", ">"}.isdisjoint(text):
        return False
    return bool(text.strip()) and len(text) <= _LONGEST and is_plain(text)
