import itertools

import pytest

from contentvc.storage.bucket import open_bucket
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
