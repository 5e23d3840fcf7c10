import json
import os

import pytest

import contentvc

AUTHOR = "Ada Lovelace <ada@example.org>"


def write(root, files):
    """Write, or with None remove, files below a folder."""
    for name, content in files.items():
        path = os.path.join(os.fspath(root), name)
        if content is None:
            os.unlink(path)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())


def make_support(folder):
    """What the examples of the reference are about: two versions, the first with a tag."""
    workspace = contentvc.init(os.path.join(folder, "support"), author=AUTHOR)
    cases = [{"input": "2+2", "expect": "4"}, {"input": "3+3", "expect": "6"}, {"input": "hi"}]
    write(
        workspace.path,
        {
            "prompts/support.md": "Be brief.\nBe polite.\n",
            "prompts/router.md": "Choose a model.\n",
            "evals/cases.jsonl": "".join(json.dumps(case) + "\n" for case in cases),
            "model.json": '{"model": "small", "temperature": 0.2}\n',
        },
    )
    workspace.tags.create("v1", workspace.commit("First version"))
    write(
        workspace.path,
        {
            "prompts/support.md": "Be brief.\n",
            "model.json": '{"model": "small", "temperature": 0.1}\n',
        },
    )
    workspace.commit("Shorter", attributes={"score": 0.91})
    return workspace


def make_kind(workspace):
    """A branch beside main that changed the line before the one that main took out."""
    workspace.branches.create("kind", "v1")
    workspace.switch("kind")
    write(workspace.path, {"prompts/support.md": "Be kind.\nBe polite.\n"})
    workspace.commit("Kinder")
    workspace.switch("main")


@pytest.fixture(autouse=True)
def somebody(tmp_path_factory, monkeypatch):
    """Whoever runs the tests has settings of their own, which must not count."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("CONTENTVC_AUTHOR", raising=False)


@pytest.fixture
def workspace(tmp_path):
    return make_support(tmp_path)


@pytest.fixture
def repository(workspace):
    return contentvc.open_repository(workspace.path)
