"""The pages hold together: tables are current, links resolve, nothing is left out."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from contentvc.cli.commands import COMMANDS
from contentvc.cli.edge import VARIABLES
from contentvc.cli.exits import MEANINGS
from contentvc.cli.options import GLOBAL_NAMES
from contentvc.cli.program import command
from contentvc.errors import CODES
from contentvc.sets.fields import FIELDS
from contentvc.storage.bucket_settings import VARIABLES as BUCKET_VARIABLES
from contentvc.surroundings.settings import SETTINGS
from tests.docs import tables
from tests.docs.pages import DOCS, PAGES, ROOT, name_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```", re.DOTALL)
REFERENCE = {page.name: page.read_text() for page in (DOCS / "reference").glob("*.md")}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_of_the_program_are_current(page):
    text = page.read_text()
    assert tables.with_tables(text) == text, "run: python -m tests.docs.write"


def test_every_table_stands_on_exactly_one_page():
    found = [name for page in PAGES for name in tables.names(page.read_text())]
    assert sorted(found) == sorted(tables.TABLES)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for link in LINK.findall(CODE.sub("", page.read_text())):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


def anchors(page):
    """What a link may name in a page, as the usual renderers make it from headings."""
    headings = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text()), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings]
    return {heading.strip().replace(" ", "-") for heading in plain}


def test_the_index_leads_to_every_page():
    text = (DOCS / "index.md").read_text()
    listed = {(DOCS / link).resolve() for link in LINK.findall(text)}
    pages = {page for page in PAGES if page.is_relative_to(DOCS) and page.name != "index.md"}
    assert pages <= listed


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_the_reference(name):
    page = REFERENCE["commands.md"]
    section = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
    context_options = {opt for one in command(name).params for opt in one.opts if opt[0] == "-"}
    for option in context_options - {"--help", "-h"}:
        where = page if option in {*GLOBAL_NAMES, "--quiet"} else section
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", where), option


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings.md", SETTINGS),
        ("contentvc-toml.md", FIELDS),
        ("errors.md", CODES),
        ("environment.md", VARIABLES | BUCKET_VARIABLES),
    ],
)
def test_every_name_is_in_the_reference(page, names):
    assert names
    for name in names:
        assert f"| `{name}` |" in REFERENCE[page]


def test_every_exit_code_is_in_the_reference():
    for number in MEANINGS:
        assert f"\n| {number} |" in REFERENCE["exit-codes.md"]


def mentioned(page):
    """Command lines that a page speaks of, in running text and in blocks that are not run."""
    text = re.sub(r"^```console\n.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    # `contentvc 1 tree` and the like are contexts of hashes.
    yield from re.findall(r"`(?:contentvc|cvc) (?!1 )([^`]+)`", CODE.sub("", text))
    for block in CODE.findall(text):
        yield from re.findall(r"^contentvc (.+)$", block, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_are_spoken_of_exist(page):
    for line in mentioned(page):
        words = line.split(" | ")[0].replace("…", " ").split()
        options = {word.partition("=")[0] for word in words if re.match("-{1,2}[a-zA-Z]", word)}
        verbs = [word for word in words if not word.startswith("-")]
        if verbs and verbs[0] in COMMANDS:
            known = {opt for one in command(verbs[0]).params for opt in one.opts}
        else:
            assert not verbs or verbs[0] in {"COMMAND", "add"}, line
            known = {"--version", "--install-completion", "--show-completion"}
        known |= {"--help", "-h", *GLOBAL_NAMES, "--quiet"}
        for option in options:
            is_several = re.fullmatch("-[a-z]{2,}", option)
            assert option in known or (is_several and f"-{option[1]}" in known), line


def test_every_room_is_on_the_page_of_the_architecture_in_its_order():
    page = (DOCS / "explanation" / "architecture.md").read_text()
    (contract,) = PROJECT["tool"]["importlinter"]["contracts"]
    layers = [re.findall(r"contentvc\.(\w+)", layer) for layer in contract["layers"]]
    package = ROOT / "contentvc"
    rooms = {one.name for one in package.iterdir() if one.is_dir() and one.name != "__pycache__"}
    rooms |= {one.stem for one in package.glob("*.py") if one.stem != "__init__"}
    assert rooms == {name for layer in layers for name in layer}
    drawing = page.split("```text\n")[1].split("```")[0]
    places = [{drawing.index(shown(name)) for name in layer} for layer in layers]
    lines = [{drawing.count("\n", 0, place) for place in layer} for layer in places]
    assert all(len(layer) == 1 for layer in lines), "rooms of one layer stand on one line"
    assert [min(layer) for layer in lines] == sorted(min(layer) for layer in lines)
    table = page.split("| room |")[1]
    for name in rooms:
        assert f"\n| `{shown(name)}` |" in table


def shown(room):
    return f"{room}.py" if (ROOT / "contentvc" / f"{room}.py").exists() else f"{room}/"


def test_the_two_commands_of_the_readme_are_those_that_are_checked():
    readme = (ROOT / "README.md").read_text()
    install, check = re.findall(r"^```sh\n(.+)\n```$", readme, re.MULTILINE)
    assert install == "pip install . && contentvc demo"
    assert check == "pip install -e '.[test]' && pytest -n auto"
    assert f'grep -qF "{check}" README.md' in (ROOT / ".ci" / "run").read_text()
    project = PROJECT["project"]
    assert "contentvc" in project["scripts"]
    assert "demo" in COMMANDS
    needed = {re.split("[<>=]", one)[0] for one in project["optional-dependencies"]["test"]}
    assert {"pytest", "pytest-xdist"} <= needed


def test_measured_claims_name_rows_that_exist():
    from benchmarks.rows import ROWS

    readme = (ROOT / "README.md").read_text()
    rows = re.findall(r"python -m benchmarks ([\w-]+/[\w-]+)", readme)
    assert rows
    assert set(rows) <= {row.name for row in ROWS}


def test_the_licence_is_there():
    text = (DOCS / "LICENSE").read_text()
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert PROJECT["project"]["license-files"] == ["docs/LICENSE"]


def tracked():
    ran = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=False, cwd=ROOT)
    if ran.returncode:  # an unpacked source distribution
        names = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
        return [ROOT / one for one in names if not any(part[0] == "." for part in one.parts)]
    return [ROOT / name for name in ran.stdout.decode().split("\0") if name]


FOREIGN = (
    r"/work/",
    r"/tmp/w/",  # noqa: S108 - what must not be named
    r"/home/(?!ada\b)\w+",
    r"/Users/\w+",
    r"pypi\.org",
    r"pythonhosted",
    r"index-url",
    r"localhost:\d",
    r"https?://[\w.-]*(?:artifactory|nexus|proxy)\b",
)


def test_no_file_names_a_machine_or_a_registry():
    pattern = re.compile("|".join(FOREIGN))
    files = [path for path in tracked() if path.is_file()]
    assert len(files) > 100
    for path in files:
        if path == Path(__file__).resolve():  # which names them all
            continue
        found = pattern.search(path.read_bytes().decode("utf-8", "replace"))
        assert found is None, f"{path}: {found and found[0]}"


def test_examples_in_help_pages_are_command_lines():
    for name in COMMANDS:
        for line, _ in command(name).examples:
            words = shlex.split(line.split(" | ")[0])
            assert words[0] == "contentvc"
