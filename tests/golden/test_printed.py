"""What commands print is what the golden files say, and json.md explains every key of it."""

import json
import re

import pytest

from contentvc.cli.commands import COMMANDS
from tests.golden.printed import CASES, EXAMPLE, HERE, PAGE, Grove

UNPRINTED = {"demo"}
"""Commands whose document is made of others' and names a temporary folder; see its own tests."""
ROW = re.compile(r"^\| (`[^`]+`|…) \| ([^|]+) \| .*\|$", re.MULTILINE)
MAPS = {"attributes", "before", "counts", "details", "notes"}
VALUES = re.compile(
    r"((terms|versions\[\])\.changes|records|fields|versions)\[\]\.(old|new)$|(^|\.)value$|terms\.text$"
)
"""Where values of content stand, which may be anything."""
TYPES = {
    "text": lambda value: isinstance(value, str),
    "path": lambda value: isinstance(value, str),
    "number": lambda value: type(value) is int,
    "true or false": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "map": lambda value: isinstance(value, dict),
    "id": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value),
    "time": lambda value: (
        isinstance(value, str)
        and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d", value)
    ),
    "null": lambda value: value is None,
    "any": lambda _: True,
    "true, false or null": lambda value: value is None or isinstance(value, bool),
    "text, true or false, or null": lambda value: value is None or isinstance(value, (str, bool)),
}


@pytest.fixture(scope="module")
def grove(tmp_path_factory):
    return Grove(tmp_path_factory.mktemp("grove"))


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_it_was(grove, name):
    assert grove.printed(name) == (HERE / name).read_text()


def test_no_golden_file_is_left_over():
    assert {one.name for one in HERE.iterdir()} == CASES.keys()


def sections():
    """The tables of json.md: keys and types, by heading."""
    found = {}
    for part in re.split(r"^##+ ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        rows = [(key.strip("`"), kind.strip()) for key, kind in ROW.findall(body)]
        assert len({key for key, _ in rows}) == len(rows), heading
        found[heading] = dict(rows)
    return found


def flat(table, shapes, prefix=""):
    """The keys of a table with those of the shapes it names."""
    for key, kind in table.items():
        where = prefix if key == "…" else f"{prefix}{key}"
        if key != "…":
            yield where, kind
        bare = kind.removesuffix(" or null")
        is_list = bare.startswith("list of ")
        shape = bare.removeprefix("list of ")
        if shape in shapes:
            end = "" if key == "…" else "[]." if is_list else "."
            yield from flat(shapes[shape], shapes, where + end)


def used(value, prefix=""):
    """The keys of a document with all values found under each."""
    if isinstance(value, dict):
        for key, member in value.items():
            where = f"{prefix}.{key}" if prefix else key
            yield where, member
            if key not in MAPS and not VALUES.search(where):
                yield from used(member, where)
    elif isinstance(value, list):
        for member in value:
            yield from used(member, prefix + "[]")


def fits(value, kind, shapes):
    if kind in TYPES:
        return bool(TYPES[kind](value))
    if kind.endswith(" or null"):
        return value is None or fits(value, kind.removesuffix(" or null"), shapes)
    if kind.startswith("list of "):
        inner = kind.removeprefix("list of ")
        return isinstance(value, list) and all(fits(one, inner, shapes) for one in value)
    assert kind in shapes, f"{kind} is no type"
    return isinstance(value, dict)


def documents(heading):
    """The golden documents that a section is about."""
    stem = {"--version": "version", "Errors": "error"}.get(heading, heading)
    names = [one for one in CASES if re.fullmatch(rf"{stem}(-[a-z]+)?\.json", one)]
    if heading == "show":  # of a path it is what cat and ls print
        names = ["show.json"]
    if heading == "cat":
        names.append("show-path.json")
    if heading == "ls":
        names.append("show-folder.json")
    return [json.loads((HERE / name).read_text()) for name in names]


SHAPES = (
    "commit",
    "change",
    "entry",
    "counted",
    "terms",
    "item-change",
    "head",
    "conflict",
    "merging",
    "merged",
    "moved-ref",
    "settled",
    "sparse",
    "upstream",
    "problem",
)


def split():
    """The shapes, which come first, and the documents: `commit` is one of each."""
    text = PAGE.read_text()
    start = text.index("## Shapes")
    end = text.index("## Errors")
    shapes = {}
    for part in re.split(r"^### ", text[start:end], flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        shapes[heading] = {key.strip("`"): kind.strip() for key, kind in ROW.findall(body)}
    return shapes, {key: table for key, table in sections().items() if key not in SHAPES} | {
        "commit": _table(text[end:], "commit")
    }


def _table(text, heading):
    part = re.split(rf"^## {heading}\n", text, flags=re.MULTILINE)[1]
    body = re.split(r"^## ", part, flags=re.MULTILINE)[0]
    return {key.strip("`"): kind.strip() for key, kind in ROW.findall(body)}


def test_every_command_is_on_the_page():
    shapes, tables = split()
    assert set(shapes) == set(SHAPES)
    headings = tables.keys() - {"Shapes", "Errors", "--version"}
    assert headings == COMMANDS.keys()


@pytest.mark.parametrize("heading", sorted({*COMMANDS, "Errors", "--version"} - UNPRINTED))
def test_every_key_is_explained_and_has_its_type(heading):
    shapes, tables = split()
    told = dict(flat(tables[heading], shapes))
    found = set()
    for document in documents(heading):
        assert document.pop("schema") == 1
        for key, value in used(document):
            assert key in told, f"{heading}: {key} is not explained"
            assert fits(value, told[key], shapes), f"{heading}: {key} is no {told[key]}: {value!r}"
            found.add(key)
    assert found == told.keys(), f"{heading}: not in any golden document"


def test_the_examples_are_the_golden_documents():
    examples = list(EXAMPLE.finditer(PAGE.read_text()))
    assert len(examples) == PAGE.read_text().count("```json")
    assert len(examples) >= len(COMMANDS.keys() - UNPRINTED)
    for example in examples:
        assert example[0].split("```json\n")[1] == (HERE / example[1]).read_text() + "```\n"
