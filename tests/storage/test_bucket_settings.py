"""Where the settings of buckets are found, and what is refused."""

import pytest

from contentvc.errors import NotAllowed, Usage
from contentvc.storage.bucket_settings import VARIABLES, settings_of

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hunter2"}


@pytest.fixture
def home(tmp_path):
    """A home with two profiles."""
    folder = tmp_path / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        "[default]\naws_access_key_id = first\naws_secret_access_key = one%two\n"
        "[team]\naws_access_key_id=second\naws_secret_access_key=s\naws_session_token = t\n"
    )
    (folder / "config").write_text(
        "[default]\nregion = eu-west-1 # where it began\n"
        "[profile team]\nregion = eu-central-1\nendpoint_url = https://s3.example.org/\n"
        "s3 =\n    max_concurrent_requests = 20\n"
        "[profile signed-on]\nsso_session = work\n"
    )
    return {"HOME": str(tmp_path)}


def test_variables_count_more_than_profiles(home):
    found = settings_of("s3", home | KEYS | {"AWS_SESSION_TOKEN": "t", "AWS_REGION": "x"})
    assert list(found.keys.values()) == ["key", "hunter2", "t"]
    assert found.config["region"] == "x"


def test_the_default_profile(home):
    found = settings_of("s3", home)
    assert list(found.keys.values()) == ["first", "one%two"]
    assert found.config["region"] == "eu-west-1"
    assert found.endpoint == ""
    assert found.config["aws_endpoint_url_s3"] == "https://s3.eu-west-1.amazonaws.com"


def test_a_named_profile(home):
    found = settings_of("s3", home | {"AWS_PROFILE": "team"})
    assert list(found.keys.values()) == ["second", "s", "t"]
    assert found.config["region"] == "eu-central-1"
    assert found.endpoint == found.config["aws_endpoint_url_s3"] == "https://s3.example.org"


def test_a_token_of_the_profile_does_not_go_with_a_key_of_the_variables(home):
    keys = settings_of("s3", home | KEYS | {"AWS_PROFILE": "team"}).keys
    assert list(keys.values()) == ["key", "hunter2"]


def test_files_may_lie_elsewhere(home, tmp_path):
    (tmp_path / "keys").write_text("[default]\naws_access_key_id=k\naws_secret_access_key=s\n")
    (tmp_path / "rest").write_text("[default]\nregion=r\n")
    elsewhere = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys"),
        "AWS_CONFIG_FILE": str(tmp_path / "rest"),
    }
    found = settings_of("s3", home | elsewhere)
    assert (found.keys["access_key_id"], found.config["region"]) == ("k", "r")


def test_the_endpoint_of_s3_alone_counts_more():
    both = {"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:2/s3"}
    assert settings_of("s3", KEYS | both).endpoint == "http://127.0.0.1:2/s3"


def test_nothing_at_all_means_that_the_machine_is_asked():
    found = settings_of("s3", {})
    assert not found.keys
    assert found.config["region"] == "us-east-1"


def test_regions_of_china_have_a_domain_of_their_own():
    found = settings_of("s3", {"AWS_REGION": "cn-north-1"})
    assert found.config["aws_endpoint_url_s3"] == "https://s3.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "key"}, "without its secret"),
        ({"AWS_PROFILE": "nobody"}, "no profile nobody"),
        ({"AWS_PROFILE": "signed-on"}, "has no access key"),
        ({"AWS_ENDPOINT_URL": "https://user:hunter2@example.org"}, "no plain URL"),
        ({"AWS_ENDPOINT_URL": "example.org"}, "no plain URL"),
        ({"AWS_ENDPOINT_URL": "ftp://example.org"}, "no plain URL"),
    ],
)
def test_what_makes_no_sense_is_refused(home, variables, words):
    with pytest.raises(Usage, match=words) as caught:
        settings_of("s3", home | variables)
    assert caught.value.code == "bad-value"
    assert caught.value.hint
    assert "hunter2" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"no section = 1\n", b"[default\n"])
def test_a_file_that_is_not_understood(home, tmp_path, content):
    (tmp_path / ".aws" / "credentials").write_bytes(content)
    with pytest.raises(Usage, match="is not understood"):
        settings_of("s3", home)


def test_certificates_of_ones_own(home, tmp_path):
    (tmp_path / "ca.pem").write_bytes(b"certificates")
    bundle = {"AWS_CA_BUNDLE": str(tmp_path / "ca.pem")}
    assert settings_of("s3", home | bundle).certificates == b"certificates"
    with pytest.raises(NotAllowed, match=r"cannot read .*missing.pem"):
        settings_of("s3", home | {"AWS_CA_BUNDLE": str(tmp_path / "missing.pem")})


def test_azure_needs_an_account():
    with pytest.raises(Usage) as caught:
        settings_of("az", {"AZURE_STORAGE_KEY": "k"})
    assert caught.value.hint == "set AZURE_STORAGE_ACCOUNT"
    found = settings_of("az", {"AZURE_STORAGE_KEY": "k", "AZURE_STORAGE_ACCOUNT": "a"})
    assert found.config == {"account_key": "k", "account_name": "a"}


def test_what_is_passed_on_to_google():
    found = settings_of("gs", {"GOOGLE_APPLICATION_CREDENTIALS": "/k.json", "OTHER": "x"})
    assert found.config == {"application_credentials": "/k.json"}


def test_secrets_are_not_shown(home):
    assert "hunter2" not in repr(settings_of("s3", home | KEYS))


def test_every_variable_that_counts_is_in_the_table():
    asked = set()

    class Asking(dict):
        def get(self, name, default=None):
            asked.add(name)
            return super().get(name, default)

        def __getitem__(self, name):
            asked.add(name)
            return super().__getitem__(name)

    everything = Asking(dict.fromkeys(VARIABLES, "") | {"AZURE_STORAGE_ACCOUNT": "a"})
    for kind in ("s3", "gs", "az"):
        settings_of(kind, everything)
    assert asked - {"HOME"} == set(VARIABLES)
    assert list(VARIABLES) == sorted(VARIABLES)
