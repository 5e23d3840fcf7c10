"""What a commit validates is what it records, byte for byte."""

import pytest

from contentvc.actions.validate import ValidateRequest, validate
from contentvc.actions.validate_commit import InvalidContent, validate_commit
from contentvc.changes.edit import FileEdit
from contentvc.errors import Busy, Conflict
from contentvc.ids import blob_id
from contentvc.snapshots.tree import Mode
from tests.actions.site import Site

DECLARATION = b'[sets.cases]\npaths = ["cases/**"]\nkey = "id"\n'
GOOD, BAD = b'{"id": 1}\n', b'{"id": 1}\n{"id": 1}\n'


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init()
    site.write({b"contentvc.toml": DECLARATION, b"cases/a.jsonl": GOOD}).commit("one")
    return site


def edit(content, size=None):
    return FileEdit(Mode.FILE, len(content) if size is None else size, blob_id(content))


def checked(site, **edits):
    context = site.context()
    tree = context.base_tree()
    named = {f"cases/{name}.jsonl".encode(): one for name, one in edits.items()}
    return validate_commit(context, tree, tree, named)


def test_a_file_that_changed_since_it_was_recorded(site):
    site.write({b"cases/b.jsonl": GOOD + b"\n"})
    with pytest.raises(Conflict) as caught:
        checked(site, b=edit(b'{"id": 2}\n'))
    assert caught.value.code == "file-changed"
    with pytest.raises(Conflict):
        checked(site, b=edit(BAD))
    site.remove(b"cases/b.jsonl")
    with pytest.raises(Busy):
        checked(site, b=edit(BAD))


def test_content_that_is_stored_is_taken_from_there(site):
    site.write({b"cases/a.jsonl": b"{"})
    assert checked(site, b=edit(GOOD)) == ()


def test_nothing_is_remembered_of_content_that_is_not_sound(site):
    site.write({b"cases/b.jsonl": BAD})
    for _ in range(2):
        with pytest.raises(InvalidContent) as caught:
            checked(site, b=edit(BAD))
        (found,) = caught.value.found
        assert [one.code for one in found.problems] == ["duplicate-key"]
    report = validate(site.context(), ValidateRequest())
    assert (report.files, report.known, report.count) == (3, 2, 1)


def test_deleted_files_and_symlinks_are_not_asked_for_anything(site):
    assert checked(site, a=None) == ()
    assert checked(site, a=FileEdit(Mode.SYMLINK, 3, blob_id(b"x"))) == ()
