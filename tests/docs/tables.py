"""Tables of the reference that are made from the program itself.

On a page they stand between ``<!-- table: NAME -->`` and ``<!-- end of table -->``.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import typer

from contentvc import errors, limits
from contentvc.cli.commands import COMMANDS, GIT_VERBS, Group
from contentvc.cli.edge import VARIABLES
from contentvc.cli.exits import EXITS, INTERNAL, INTERRUPTED, MEANINGS
from contentvc.cli.options import global_options
from contentvc.cli.program import command
from contentvc.formats.registry import FORMATS
from contentvc.sets.fields import FIELDS
from contentvc.storage.bucket_settings import VARIABLES as BUCKET_VARIABLES
from contentvc.surroundings.settings import SETTINGS
from contentvc.worktree import ignore, secrets
from tests.docs import api
from tests.docs.pages import ROOT

_PLACE: Final = re.compile(
    r"(<!-- table: ([a-z-]+) -->\n).*?(^<!-- end of table -->$)", re.DOTALL | re.MULTILINE
)


def with_tables(text: str) -> str:
    """A page with its tables as they should be."""
    return _PLACE.sub(lambda place: f"{place[1]}\n{TABLES[place[2]]()}\n{place[3]}", text)


def names(text: str) -> list[str]:
    """The tables that a page has."""
    return [place[2] for place in _PLACE.finditer(text)]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def _commands() -> str:
    parts = []
    for group in Group:
        members = [name for name, one in COMMANDS.items() if one.group is group]
        if members:
            parts += [f"## {group.value}\n", *map(_command, members)]
    return "\n".join(parts)


def _command(name: str) -> str:
    made = command(name)
    context = typer.Context(made, info_name=f"contentvc {name}")
    usage = " ".join([f"contentvc {name}", *made.collect_usage_pieces(context)])
    paragraphs = [" ".join(part.split()) for part in (made.help or "").split("\n\n")]
    examples = "".join(f"{line}\n    {meaning}\n" for line, meaning in made.examples)
    own = [one for one in made.get_params(context) if one not in global_options()]
    parts = [f"### {name}\n", f"`{usage}`\n", "\n\n".join(paragraphs) + "\n"]
    if rows := list(_records(own, context)):
        parts.append(_table(("argument or option", "meaning"), rows))
    return "\n".join([*parts, f"```text\n{examples}```\n"])


def _records(params: Sequence[Any], context: typer.Context) -> Iterator[tuple[str, str]]:
    for one in params:
        record = one.get_help_record(context)
        if record is not None and "--help" not in one.opts:
            yield f"`{record[0]}`", record[1]


def _global_options() -> str:
    context = typer.Context(command("status"))
    return _table(("option", "meaning"), list(_records(global_options(), context)))


def _settings() -> str:
    rows = []
    for one in SETTINGS.values():
        default = {None: "", True: "`true`", False: "`false`"}.get(one.default, f"`{one.default}`")
        rows.append(
            (
                f"`{one.name}`",
                one.kind.value,
                default,
                "user" if one.user_only else "user, repository",
                one.meaning,
            )
        )
    return _table(("setting", "value", "without it", "counts from", "meaning"), rows)


def _errors() -> str:
    exits = _raised()
    rows = [
        (f"`{code}`", meaning, ", ".join(map(str, sorted(exits[code]))))
        for code, meaning in errors.CODES.items()
    ]
    return _table(("code", "meaning", "exit code"), rows)


def _raised() -> dict[str, set[int]]:
    """The exit codes that each error code comes with: that of its group, and what is raised."""
    kinds = {kind.__name__: number for kind, number in EXITS.items()}
    found = _grouped(kinds)
    for path in sorted((ROOT / "contentvc").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                kind, first = _name(node.func), node.args[0]
            elif isinstance(node, ast.Tuple) and len(node.elts) > 1:
                kind, first = _name(node.elts[0]), node.elts[1]
            else:
                continue
            for part in ast.walk(first):
                if kind in kinds and isinstance(part, ast.Constant) and part.value in found:
                    found[part.value].add(kinds[kind])
    return found


def _grouped(kinds: Mapping[str, int]) -> dict[str, set[int]]:
    """The exit code of the comment above each code in `errors.CODES`."""
    found: dict[str, set[int]] = {}
    number = None
    for line in (ROOT / "contentvc" / "errors.py").read_text().splitlines():
        if heading := re.fullmatch(r"    # (.+)", line):
            number = kinds.get(heading[1].title().replace(" ", ""))
        elif code := re.match(r'    "([a-z-]+)": "', line):
            found[code[1]] = set() if number is None else {number}
    assert found.keys() == errors.CODES.keys()
    found["interrupted"].add(INTERRUPTED)
    found["internal"].add(INTERNAL)
    assert all(found.values())
    return found


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _exits() -> str:
    rows = []
    for number, meaning in MEANINGS.items():
        kinds = [kind.__name__ for kind, its in EXITS.items() if its == number]
        rows.append((str(number), meaning, ", ".join(f"`{kind}`" for kind in kinds)))
    return _table(("exit code", "meaning", "raised as"), rows)


def _environment() -> str:
    return _variables(VARIABLES)


def _buckets() -> str:
    return _variables(BUCKET_VARIABLES)


def _variables(variables: Mapping[str, str]) -> str:
    return _table(
        ("variable", "meaning"), [(f"`{name}`", meaning) for name, meaning in variables.items()]
    )


def _limits() -> str:
    source = (ROOT / "contentvc" / "limits.py").read_text()
    body = ast.parse(source).body
    lines = source.splitlines()
    rows: list[tuple[str, str, str]] = []
    parts: list[str] = []
    for number, node in enumerate(body):
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        heading = re.match("# (.+)", lines[node.lineno - 3])
        if heading:
            if rows:
                parts.append(_limit_table(rows))
            parts.append(f"## {heading[1]}\n")
            rows = []
        if parts:
            after = body[number + 1] if number + 1 < len(body) else None
            rows.append((f"`{node.target.id}`", _limit(node), _text_of(after)))
    return "\n".join([*parts, _limit_table(rows)])


def _limit_table(rows: Sequence[Sequence[str]]) -> str:
    return _table(("limit", "value", "of what, and why"), rows)


def _limit(node: ast.AnnAssign) -> str:
    assert isinstance(node.target, ast.Name)
    value: int = getattr(limits, node.target.id)
    assert node.value is not None
    for unit in ("GIB", "MIB", "KIB"):
        if unit in ast.dump(node.value):
            return f"{value // getattr(limits, unit):,} {unit[0]}iB"
    return f"{value:,}"


def _text_of(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


def _git_verbs() -> str:
    return _table(("git", "here"), [(f"`git {verb}`", hint) for verb, hint in GIT_VERBS.items()])


def _ignored() -> str:
    below = [
        f"{folder.decode()}/{name.decode()}"
        for folder, all_ in ignore._BUILT_IN_BELOW.items()
        for name in sorted(all_)
    ]
    return _listed([*(name.decode() for name in sorted(ignore.BUILT_IN)), *below])


def _secrets() -> str:
    rows = [
        ("begin with", secrets.STARTS),
        ("are", sorted(secrets.EXACT)),
        ("end in", secrets.ENDINGS),
        ("and do not end in", secrets.HARMLESS),
    ]
    return _table(("names that", ""), [(text, _words(found)) for text, found in rows])


def _words(found: Sequence[bytes]) -> str:
    return " ".join(f"`{one.decode()}`" for one in found)


def _content_sets() -> str:
    rows = [
        (
            f"`{name}`",
            one.kind.value,
            f"`{one.default}`" if one.default else "required" if one.is_required else "",
            f"`{name} = {one.example}`",
            one.meaning,
        )
        for name, one in FIELDS.items()
    ]
    return _table(("key", "value", "without it", "example", "meaning"), rows)


def _formats() -> str:
    return _listed([one.name for one in FORMATS])


def _listed(found: Sequence[str]) -> str:
    return " ".join(f"`{one}`" for one in found) + "\n"


TABLES: Final[dict[str, Callable[[], str]]] = {
    "api": api.page,
    "buckets": _buckets,
    "commands": _commands,
    "content-sets": _content_sets,
    "environment": _environment,
    "errors": _errors,
    "exit-codes": _exits,
    "formats": _formats,
    "git-verbs": _git_verbs,
    "global-options": _global_options,
    "ignored": _ignored,
    "limits": _limits,
    "secrets": _secrets,
    "settings": _settings,
}
