import os

import pytest

from contentvc.errors import Usage
from contentvc.remotes.location import Location, parse_location, storage_at
from contentvc.storage.local import LocalStorage
from tests.actions.site import Site

HERE = b"/srv/of/somebody"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/srv/content", b"/srv/content"),
        ("/srv//content/", b"/srv/content"),
        ("shared", HERE + b"/shared"),
        ("./s3:x", HERE + b"/s3:x"),
        ("a:b", HERE + b"/a:b"),
        ("file:///srv/content", b"/srv/content"),
        ("FILE:///srv/content", b"/srv/content"),
        ("file://localhost/srv/content", b"/srv/content"),
        ("file:///srv/with%20blank%3f", b"/srv/with blank?"),
        ("/srv/with%20blank", b"/srv/with%20blank"),
    ],
)
def test_folders(text, path):
    found = parse_location(text, HERE)
    assert found == Location("folder", path.decode(), folder=path)


def test_dots_lead_where_the_system_leads(tmp_path):
    (tmp_path / "deep" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "inside")
    here = os.fsencode(os.path.realpath(tmp_path))
    assert parse_location("link/../shared", here).folder == here + b"/deep/shared"


def test_a_name_that_is_not_utf_8_is_written_as_a_url():
    path = b"/srv/caf\xe9 a%b"
    found = parse_location(os.fsdecode(path), HERE)
    assert found.folder == path
    assert found.text == "file:///srv/caf%E9%20a%25b"
    assert parse_location(found.text, b"/elsewhere") == found


@pytest.mark.parametrize("kind", ["s3", "gs", "az"])
def test_buckets(kind):
    assert parse_location(f"{kind}://team", HERE) == Location(kind, f"{kind}://team", bucket="team")
    found = Location(kind, f"{kind}://team/sets/v1.0", bucket="team", prefix="sets/v1.0/")
    assert parse_location(f"{kind}://team/sets/v1.0/", HERE) == found
    assert parse_location(f"{kind.upper()}://team/sets/v1.0", HERE) == found


@pytest.mark.parametrize(
    "text",
    ["/srv/content", "shared", "file:///srv/a%20b", "s3://team/a/b/", "az://team", "gs://t.x"],
)
def test_what_is_kept_means_the_same_anywhere(text):
    found = parse_location(text, HERE)
    assert parse_location(found.text, b"/elsewhere") == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\0b",
        "file://otherhost/srv",
        "file://",
        "file:///srv/%00",
        "s3://",
        "s3:///key",
        "s3://b",
        "s3://-bucket/x",
        "s3://buc ket",
        "s3://bucket/../other",
        "s3://bucket/a//b",
        "s3://bucket/./b",
        "s3://bucket/a b",
        "s3://bucket/a\\b",
        "s3://bucket/a%2e%2e",
        "s3://bucket/caf\u00e9",
        "s3://bucket#x",
        "s3:/bucket/x",
        "s3:bucket",
        "GS:bucket",
        "file:/srv",
        "x" * 5000,
    ],
)
def test_what_is_no_location_is_refused(text):
    with pytest.raises(Usage) as caught:
        parse_location(text, HERE)
    assert caught.value.code == "bad-value"
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "s3://AKIA123:hunter2@bucket/x",
        "s3://bucket/x?secret=hunter2",
        "s3://bucket/hunter2@x",
        "https://user:hunter2@example.org/content",
        "https://example.org/content?token=hunter2",
        "file://user:hunter2@localhost/srv",
    ],
)
def test_credentials_are_refused_and_not_repeated(text):
    with pytest.raises(Usage) as caught:
        parse_location(text, HERE)
    error = caught.value
    assert "hunter2" not in f"{error.message} {error.hint} {error.details} {error.__cause__}"


def test_a_server_is_no_kind_yet():
    with pytest.raises(Usage, match="https:// is no kind of remote"):
        parse_location("https://example.org/content", HERE)


class TestStorageOfAFolder:
    def test_a_working_tree_stands_for_its_repository(self, tmp_path):
        site = Site(tmp_path / "site").init()
        storage = storage_at(parse_location("site", os.fsencode(tmp_path)), {})
        assert isinstance(storage, LocalStorage)
        assert storage.read("repository.json") == LocalStorage(site.repository_folder).read(
            "repository.json"
        )

    def test_any_other_folder_stands_for_itself(self, tmp_path):
        storage = storage_at(parse_location("shared", os.fsencode(tmp_path)), {})
        storage.create("operations/1", b"first")
        assert (tmp_path / "shared" / "operations" / "1").read_bytes() == b"first"
