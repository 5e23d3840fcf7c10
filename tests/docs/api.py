"""The reference of the Python API: made from the docstrings of what `contentvc` exports.

Its examples are those of the docstrings. Each docstring is run by itself, in a folder with the
content set `support`, with these names: `contentvc`, `Path`, and `workspace` and `repository` of
that content set.
"""

import dataclasses
import doctest
import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

import contentvc

_FUNCTIONS: Final = ("open", "init", "clone", "open_repository")
_CLASSES: Final = (
    "Workspace",
    "Repository",
    "Version",
    "ContentSet",
    "Tree",
    "File",
    "Change",
    "Edit",
    "ItemVersion",
    "Branches",
    "Tags",
    "Refs",
    "Operations",
    "Operation",
    "Attributes",
    "Notes",
    "Stashes",
    "Stash",
    "Workspaces",
    "WorkspaceEntry",
    "Remotes",
    "Remote",
    "RemoteState",
    "BranchThere",
    "Fetched",
    "Pulled",
    "Pushed",
    "Synced",
    "SyncedRemote",
    "Evicted",
    "MovedRef",
    "Status",
    "Switched",
    "Restored",
    "Problem",
    "Applied",
    "Undone",
    "Merged",
    "Picked",
    "ConflictingFile",
    "ConflictingItem",
    "Popped",
    "Removed",
    "Forgotten",
    "KeptFile",
    "Purged",
)
_ERRORS: Final = (
    "ContentvcError",
    "Declined",
    "Unreachable",
    "Usage",
    "Missing",
    "Conflict",
    "NotAllowed",
    "Damaged",
    "Busy",
)
_OTHERS: Final = ("ChangeKind",)
NAMES: Final = (*_FUNCTIONS, *_CLASSES, *_ERRORS, *_OTHERS)
"""Every name that programs are given, in the order of the page."""

_SPECIAL: Final = ("__getitem__", "__contains__", "__iter__", "__len__")
_QUALIFIED: Final = re.compile(r"\b(?:contentvc\.face|contentvc\.changes|collections)(?:\.\w+)*\.")


def page() -> str:
    """The functions, then the classes with their members, then the errors."""
    parts = ["## Opening\n", *(_function(name) for name in _FUNCTIONS)]
    parts += [f"## {name}\n\n{_class(getattr(contentvc, name))}" for name in _CLASSES]
    parts.append(f"## ChangeKind\n\n{_kinds(contentvc.ChangeKind)}")
    parts.append("## Errors\n\n" + _errors())
    return "\n".join(parts)


def examples() -> Iterator[tuple[str, str]]:
    """Docstrings that have examples, by the name of what they are about."""
    for name in NAMES:
        found = getattr(contentvc, name)
        members = _members(found) if inspect.isclass(found) and name in _CLASSES else {}
        for label, one in {name: found, **{f"{name}.{m}": o for m, o in members.items()}}.items():
            if ">>>" in (inspect.getdoc(one) or ""):
                yield label, inspect.getdoc(one) or ""


def _function(name: str) -> str:
    found = getattr(contentvc, name)
    return f"### contentvc.{name}\n\n{_signature(found, name)}\n{_text(found)}"


def _class(kind: type) -> str:
    parts = [_text(kind)]
    if rows := list(_fields(kind)):
        parts.append("| field | type | meaning |\n| --- | --- | --- |\n" + "".join(rows))
    for name, member in _members(kind).items():
        parts.append(f"### {kind.__name__}.{name}\n\n{_head(kind, name, member)}\n{_text(member)}")
    return "\n".join(parts)


def _members(kind: type) -> dict[str, Any]:
    """Public methods and properties in the order of the source, those of bases of ours first."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("contentvc."):
            for name, one in vars(base).items():
                is_public = not name.startswith("_") or (name in _SPECIAL and inspect.getdoc(one))
                if is_public and (isinstance(one, property) or inspect.isfunction(one)):
                    found[name] = one
    return {name: one for name, one in found.items() if one.__doc__}


def _head(kind: type, name: str, member: Any) -> str:
    if isinstance(member, property):
        returned = inspect.signature(member.fget).return_annotation  # type: ignore[arg-type]
        return f"```text\n{kind.__name__}.{name}: {_type(returned)}\n```\n"
    return _signature(member, f"{kind.__name__}.{name}")


def _signature(found: Any, name: str) -> str:
    signature = inspect.signature(found)
    kept = [one for one in signature.parameters.values() if one.name != "self"]
    star = False
    shown = []
    for one in kept:
        if one.kind is one.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        default = "" if one.default is one.empty else f" = {one.default!r}"
        shown.append(f"{one.name}: {_type(one.annotation)}{default}")
    text = f"{name}({', '.join(shown)}) -> {_type(signature.return_annotation)}"
    if len(text) > 96:
        inner = "".join(f"    {one},\n" for one in shown)
        text = f"{name}(\n{inner}) -> {_type(signature.return_annotation)}"
    return f"```text\n{text}\n```\n"


def _type(annotation: Any) -> str:
    if annotation is None or annotation is type(None):
        return "None"
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = _QUALIFIED.sub("", text.replace("'", "").replace("typing.", ""))
    whole = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"
    return text.replace(f"abc.Iterable[{whole}]", f"Iterable[{whole}]").replace(whole, "Path")


def _fields(kind: type) -> Iterator[str]:
    """The fields of a value, each with the text that stands below it in the source."""
    if not dataclasses.is_dataclass(kind):
        return
    source = inspect.getsource(kind)
    for one in dataclasses.fields(kind):
        if not one.name.startswith("_"):
            below = re.search(
                rf'^    {one.name}: [^\n]*\n    """(.*?)"""', source, re.DOTALL | re.MULTILINE
            )
            meaning = " ".join(below[1].split()) if below else ""
            shown = _type(one.type).replace("|", "\\|")
            yield f"| `{one.name}` | `{shown}` | {_marked(meaning)} |\n"


def _kinds(kind: type[Enum]) -> str:
    return _text(kind) + "\n" + "".join(f"- `{one.value}`\n" for one in kind)


def _errors() -> str:
    rows = []
    for name in _ERRORS:
        found = getattr(contentvc, name)
        summary = " ".join((inspect.getdoc(found) or "").split("\n\n")[0].split())
        base = "" if name == "ContentvcError" else f"{found.__mro__[1].__name__}"
        rows.append(f"| `contentvc.{name}` | {base} | {_marked(summary)} |\n")
    return "| error | is a | raised when |\n| --- | --- | --- |\n" + "".join(rows)


def _text(found: Any) -> str:
    """A docstring as Markdown: sections as lists, examples as blocks."""
    parts = re.split(r"^(Args|Raises|Example):\n", inspect.getdoc(found) or "", flags=re.MULTILINE)
    paragraphs = (" ".join(one.split()) for one in parts[0].strip().split("\n\n"))
    lines = [_marked("\n\n".join(paragraphs)) + "\n"]
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        text = textwrap.dedent(body.strip("\n"))
        if title == "Example":
            lines.append(f"```pycon\n{text.rstrip()}\n```\n")
        else:
            lines.append(f"{title}:\n\n" + "".join(_items(text)))
    return "\n".join(lines)


def _items(text: str) -> Iterator[str]:
    """``name: meaning`` over several lines, as one line of a list each."""
    for item in re.split(r"\n(?=\S)", text.strip()):
        name, _, meaning = " ".join(item.split()).partition(": ")
        names = ", ".join(f"`{one}`" for one in name.split(", "))
        yield f"- {names}: {_marked(meaning)}\n"


def _marked(text: str) -> str:
    """Docstrings' double backquotes as Markdown's single ones."""
    return text.replace("``", "`")


def run(text: str, name: str, names: dict[str, Any]) -> list[str]:
    """Run the examples of a docstring; what went wrong."""
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    return told
