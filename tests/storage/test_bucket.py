import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import contentvc
from contentvc.storage.bucket import _before, open_bucket
from tests.contracts.storage_contract import StorageContract

BUCKET = "team"
_numbers = itertools.count()


def prefix() -> str:
    """A folder of the bucket that nothing else uses."""
    return f"sets/{next(_numbers)}/"


@pytest.fixture(scope="module")
def variables(seaweedfs):
    seaweedfs.make_bucket(BUCKET)
    return seaweedfs.variables(who="writer")


class TestBucketStorage(StorageContract):
    races = 2

    @pytest.fixture
    def make(self, variables):
        return lambda: open_bucket("s3", BUCKET, prefix(), variables)


_PART = st.text("ab0-.!", min_size=1, max_size=3)
_NAME = st.lists(_PART, min_size=1, max_size=3).map("/".join)


def by_folders(name: str) -> list[str]:
    """How names sort where they are listed folder by folder."""
    return name.split("/")


@given(after=_NAME, name=_NAME)
def test_a_listing_that_begins_before_a_name_has_all_that_come_after(after, name):
    bound = _before(after)
    assert bound < after
    if name > after:
        assert by_folders(name) > by_folders(bound)
        assert not bound or not name.startswith(f"{bound}/")  # which some servers leave out


@given(names=st.sets(_NAME), prefix=_NAME | st.just(""), after=_NAME | st.none())
def test_names_are_put_into_the_order_of_their_bytes(names, prefix, after):
    storage = open_bucket("s3", BUCKET, "", {})
    folder = prefix.rpartition("/")[0]
    inside = sorted(
        (n for n in names if n.startswith(f"{folder}/" if folder else "")), key=by_folders
    )
    storage._found = lambda *_: ((name, "stamp") for name in inside)
    expected = sorted(n for n in names if n.startswith(prefix) and n > (after or ""))
    assert list(storage.list(prefix, after)) == expected


def test_the_library_has_one_place():
    folder = Path(contentvc.__file__).parent
    pattern = re.compile(r"^\s*(?:import|from) obstore", re.MULTILINE)
    found = {path.name for path in folder.rglob("*.py") if pattern.search(path.read_text())}
    assert found == {"bucket_client.py"}


def test_who_uses_no_bucket_does_not_wait_for_the_library():
    asked = "import sys, contentvc.remotes.location, contentvc.storage.bucket; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert not [name for name in ran.stdout.split() if name.startswith("obstore")]
