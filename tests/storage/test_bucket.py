import pytest

from contentvc.storage.bucket import open_bucket
from tests.contracts.storage_contract import StorageContract
from tests.servers.seaweedfs import BUCKET


class TestBucketStorage(StorageContract):
    races = 4

    @pytest.fixture
    def make(self, seaweedfs):
        variables = seaweedfs.variables()
        return lambda: open_bucket("s3", BUCKET, seaweedfs.prefix(), variables)
