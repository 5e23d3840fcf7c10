"""docs/reference/changes.md explains every key that `diff --as jsonl` writes, and no other."""

import json
import re

import pytest

from tests.actions.site import Site
from tests.cli.scenery import visitor
from tests.docs.pages import DOCS

PAGE = (DOCS / "reference" / "changes.md").read_text()
TYPES = ("diff", "file", "lines", "item", "record", "column", "duplicate", "bytes")
EVERYWHERE = {"type", "path", "path_bytes"}


def explained(kind: str) -> set[str]:
    body = re.split(rf"^### {kind}\n", PAGE, flags=re.MULTILINE)[1].split("\n#")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", body, re.MULTILINE)
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    return told or set(re.findall(r"`(\w+)`", body))


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """Changes of many kinds."""
    folder = tmp_path_factory.mktemp("changes")
    site = Site(folder / "site").init()
    site.write(
        {
            b"a.csv": b"id,name,gone\n1,one,x\n2,two,x\n3,three,x\n",
            b"twice.jsonl": b'{"id": 1}\n{"id": 1, "a": 2}\n',
            b"contentvc.toml": b'[sets.all]\npaths = ["*.jsonl"]\nkey = "id"\nvalidate = "off"\n',
            b"wide": "\ufeffone\n".encode("utf-16-le"),
            b"odd\xff": b"1\n2\n3\n4\n",
            b"bytes": bytes(range(256)),
            b"doc.json": b'{"a": {"x": 1, "y": 2, "z": 3}}\n',
        }
    ).commit("old")
    site.remove(b"odd\xff").write(
        {
            b"a.csv": b"id,name,new\n1,one,y\n3,THREE,y\n4,four,y\n",
            b"twice.jsonl": b'{"id": 1}\n{"id": 1, "a": 3}\n',
            b"wide": "\ufefftwo\n".encode("utf-16-le"),
            b"odder\xff": b"1\n2\n3\n5\n",
            b"bytes": bytes(range(1, 256)) + b"\0",
            b"doc.json": b'{"a": {"x": 2, "z": 3, "q": 4}}\n',
        }
    ).commit("new")
    terminal = visitor((folder / "site"), folder)
    ran = terminal.run("diff", "--as", "jsonl", "HEAD~1..HEAD")
    assert ran.code == 0, ran.err
    assert terminal.run("purge", "bytes", "--yes", "--reason", "why").code == 0
    again = terminal.run("diff", "--as", "jsonl", "HEAD~1..HEAD").out
    return [json.loads(line) for line in (ran.out + again).splitlines()]


@pytest.mark.parametrize("kind", TYPES)
def test_every_key_is_explained(lines, kind):
    found = {key for one in lines if one["type"] == kind for key in one}
    assert found, f"no line of the type {kind} was made"
    assert found - EVERYWHERE <= explained(kind) | ({"old_path_bytes"} if kind == "file" else set())


def test_every_type_is_explained(lines):
    assert {one["type"] for one in lines} <= set(TYPES)
