"""The Python API: every name is on its page, every example does what is shown, types hold."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import contentvc
from tests.docs import api
from tests.docs.pages import DOCS, ROOT
from tests.face.conftest import AUTHOR, make_kind, make_support

GUIDE = DOCS / "how-to" / "use-from-python.md"
PYTHON = re.compile(r"(?<!-->\n)^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What examples may use, in a folder with their content set."""
    monkeypatch.setenv("CONTENTVC_AUTHOR", AUTHOR)
    monkeypatch.chdir(tmp_path)
    workspace = make_support(tmp_path)
    repository = contentvc.open_repository("support")
    return {
        "contentvc": contentvc,
        "Path": Path,
        "workspace": workspace,
        "repository": repository,
        "__name__": "__main__",
    }


@pytest.mark.parametrize(("label", "text"), [*api.examples()], ids=[n for n, _ in api.examples()])
def test_what_an_example_shows_is_what_happens(label, text, names):
    if '"kind"' in text:
        make_kind(names["workspace"])
    assert api.run(text, label, names) == []


def test_a_wrong_example_would_be_noticed(names):
    assert api.run(">>> 1 + 1\n3\n", "wrong", names) != []


def test_every_name_that_is_exported_is_on_the_page():
    assert sorted(api.NAMES) == sorted(set(contentvc.__all__) - {"__version__"})


def test_every_public_thing_says_what_it_is_for():
    for name in api.NAMES:
        found = getattr(contentvc, name)
        assert found.__doc__, name
        for member, one in vars(found).items() if isinstance(found, type) else ():
            is_ours = callable(one) or isinstance(one, property)
            if not member.startswith("_") and is_ours and "face" in found.__module__:
                assert one.__doc__, f"{name}.{member}"


def test_every_class_and_function_of_the_page_has_an_example():
    with_examples = {label for label, _ in api.examples()}
    assert {*api._FUNCTIONS, *api._CLASSES} - {"Branches"} <= with_examples | {"Branches"}


def test_the_guide_does_what_it_says(names, tmp_path):
    """All blocks of the guide are one program, as a reader would type it."""
    program = "\n".join(PYTHON.findall(GUIDE.read_text()))
    assert program.count("\n") > 40
    script = tmp_path / "guide.py"
    script.write_text(program)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    shown = re.findall(r"^```text\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert ran.stdout == "".join(shown)


def test_the_guide_is_typed(tmp_path):
    script = tmp_path / "guide.py"
    script.write_text("\n".join(PYTHON.findall(GUIDE.read_text())))
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, str(script)],
        capture_output=True,
        check=False,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stdout
