"""Settings of a bucket: how it is reached and with which credentials, from the environment.

They are found where the providers' own tools look: in variables, and for S3 in the profiles of
``~/.aws``. Nothing of them is kept: they live as long as the storage that they are for.
"""

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contentvc import limits
from contentvc.errors import NotAllowed, Usage

__all__ = ["VARIABLES", "BucketSettings", "settings_of"]

VARIABLES: Final[dict[str, str]] = {
    "AWS_ACCESS_KEY_ID": "with `AWS_SECRET_ACCESS_KEY`, the credentials for `s3://`; "
    "they count more than a profile",
    "AWS_CA_BUNDLE": "a file of certificates (PEM) that are trusted beside the system's, "
    "for an S3-compatible server of your own",
    "AWS_CONFIG_FILE": "where profiles are configured; `~/.aws/config` when not set",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "a token for `AWS_CONTAINER_CREDENTIALS_FULL_URI`",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "where a container on AWS gets its credentials",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "where a container on AWS gets its credentials",
    "AWS_DEFAULT_REGION": "the region, when `AWS_REGION` is not set",
    "AWS_ENDPOINT_URL": "the URL of an S3-compatible server, when `AWS_ENDPOINT_URL_S3` is not set",
    "AWS_ENDPOINT_URL_S3": "the URL of an S3-compatible server",
    "AWS_PROFILE": "the profile of `~/.aws` that counts; `default` when not set",
    "AWS_REGION": "the region that the bucket is in; the profile's, or `us-east-1`, when not set",
    "AWS_REQUEST_PAYER": "`true` for a bucket whose requests are paid by who makes them",
    "AWS_ROLE_ARN": "the role that `AWS_WEB_IDENTITY_TOKEN_FILE` is for",
    "AWS_ROLE_SESSION_NAME": "what the session of that role is called",
    "AWS_SECRET_ACCESS_KEY": "see `AWS_ACCESS_KEY_ID`",
    "AWS_SERVER_SIDE_ENCRYPTION": "how S3 encrypts what is written: `AES256` or `aws:kms`",
    "AWS_SESSION_TOKEN": "belongs to an `AWS_ACCESS_KEY_ID` that is valid for a while only",
    "AWS_SHARED_CREDENTIALS_FILE": "where profiles have their credentials; "
    "`~/.aws/credentials` when not set",
    "AWS_SKIP_SIGNATURE": "`true` to read a public bucket without credentials",
    "AWS_SSE_KMS_KEY_ID": "the key for `aws:kms`",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "`true` where the endpoint's URL holds the bucket's name",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "a token to get credentials with, as in Kubernetes",
    "AZURE_CLIENT_ID": "the application that signs in to Azure",
    "AZURE_CLIENT_SECRET": "its secret",
    "AZURE_FEDERATED_TOKEN_FILE": "a token to sign in with instead, as in Kubernetes",
    "AZURE_STORAGE_ACCOUNT": "the storage account that the containers of `az://` are in",
    "AZURE_STORAGE_ENDPOINT": "the URL of another server than Azure's",
    "AZURE_STORAGE_KEY": "the account's key",
    "AZURE_STORAGE_SAS_TOKEN": "a shared access signature instead of the key",
    "AZURE_TENANT_ID": "the directory that the application is in",
    "AZURE_USE_AZURE_CLI": "`true` to sign in as `az login` did",
    "GOOGLE_APPLICATION_CREDENTIALS": "the file with the credentials for `gs://`; what "
    "`gcloud auth application-default login` wrote when not set",
    "GOOGLE_BASE_URL": "the URL of another server than Google's",
    "GOOGLE_BEARER_TOKEN": "a token that is valid for a while, as "
    "`gcloud auth print-access-token` prints it",
    "GOOGLE_SERVICE_ACCOUNT_KEY": "the key of a service account itself, as JSON",
    "GOOGLE_SKIP_SIGNATURE": "`true` to read a public bucket without credentials",
}
"""The environment variables that count for buckets."""

_S3_PASSED: Final = {
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "container_authorization_token_file",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "container_credentials_full_uri",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "container_credentials_relative_uri",
    "AWS_REQUEST_PAYER": "request_payer",
    "AWS_ROLE_ARN": "role_arn",
    "AWS_ROLE_SESSION_NAME": "role_session_name",
    "AWS_SERVER_SIDE_ENCRYPTION": "server_side_encryption",
    "AWS_SSE_KMS_KEY_ID": "sse_kms_key_id",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "virtual_hosted_style_request",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "web_identity_token_file",
}
_GS_PASSED: Final = {
    "GOOGLE_APPLICATION_CREDENTIALS": "application_credentials",
    "GOOGLE_BASE_URL": "base_url",
    "GOOGLE_BEARER_TOKEN": "bearer_token",
    "GOOGLE_SERVICE_ACCOUNT_KEY": "service_account_key",
    "GOOGLE_SKIP_SIGNATURE": "skip_signature",
}
_AZ_PASSED: Final = {
    "AZURE_CLIENT_ID": "client_id",
    "AZURE_CLIENT_SECRET": "client_secret",
    "AZURE_FEDERATED_TOKEN_FILE": "federated_token_file",
    "AZURE_STORAGE_ACCOUNT": "account_name",
    "AZURE_STORAGE_ENDPOINT": "endpoint",
    "AZURE_STORAGE_KEY": "account_key",
    "AZURE_STORAGE_SAS_TOKEN": "sas_key",
    "AZURE_TENANT_ID": "tenant_id",
    "AZURE_USE_AZURE_CLI": "use_azure_cli",
}
_ENDPOINT: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(/[A-Za-z0-9._/-]*)?")
"""No user and no password: the URL is shown in messages."""


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """What a client of a bucket is made with."""

    config: Mapping[str, str] = field(repr=False)
    """Options of the client, by its names; credentials may be among them."""
    endpoint: str
    """The URL of the server where it is not the provider's own, or empty."""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of S3, where there is one: ``access_key_id``, ``secret_access_key``, ``session_token``."""
    certificates: bytes = b""
    """PEM of what is trusted beside the system's certificates."""


def settings_of(kind: str, variables: Mapping[str, str]) -> BucketSettings:
    """What the environment says about buckets of a kind: ``s3``, ``gs`` or ``az``.

    Raises:
        Usage: a variable or a profile makes no sense (``bad-value``).
        NotAllowed: a file that it names cannot be read (``permission-denied``).
    """
    if kind == "s3":
        return _s3(variables)
    passed = _passed(variables, _GS_PASSED if kind == "gs" else _AZ_PASSED)
    if kind == "az" and "account_name" not in passed:
        raise Usage(
            "bad-value",
            "az:// needs the name of a storage account",
            "set AZURE_STORAGE_ACCOUNT",
        )
    endpoint = _checked(passed.get("base_url" if kind == "gs" else "endpoint", ""))
    return BucketSettings(passed, endpoint)


def _s3(variables: Mapping[str, str]) -> BucketSettings:
    profile = _profile(variables)
    region = _first(variables, "AWS_REGION", "AWS_DEFAULT_REGION") or profile.get("region")
    region = region or "us-east-1"
    own = _first(variables, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = _checked(own or profile.get("endpoint_url", ""))
    config = _passed(variables, _S3_PASSED)
    config |= {
        "region": region,
        # The library reads the environment too, and these decide where the credentials go.
        "aws_endpoint_url_s3": endpoint or _amazon(region),
        "skip_signature": variables.get("AWS_SKIP_SIGNATURE") or "false",
        "conditional_put": "etag",
        # Providers without bulk deletion are told apart by nothing; single names are all we delete.
        "disable_bulk_delete": "true",
    }
    keys = _keys(variables, profile)
    return BucketSettings(config, endpoint, keys, _certificates(variables))


def _keys(variables: Mapping[str, str], profile: Mapping[str, str]) -> dict[str, str]:
    """The access key: of the variables, else of the profile; empty where there is none."""
    names = ("access_key_id", "secret_access_key", "session_token")
    found = {name: variables.get(f"AWS_{name.upper()}", "") for name in names}
    if not found["access_key_id"]:
        found = {name: profile.get(f"aws_{name}", "") for name in names}
    if bool(found["access_key_id"]) != bool(found["secret_access_key"]):
        raise Usage(
            "bad-value",
            "there is an access key for S3 without its secret, or a secret without its key",
            "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    return {name: value for name, value in found.items() if value}


def _profile(variables: Mapping[str, str]) -> dict[str, str]:
    """What ``~/.aws`` says of the profile; the file of credentials counts more."""
    name = variables.get("AWS_PROFILE", "")
    folder = os.path.join(variables.get("HOME", ""), ".aws")
    config = variables.get("AWS_CONFIG_FILE") or os.path.join(folder, "config")
    credentials = variables.get("AWS_SHARED_CREDENTIALS_FILE") or os.path.join(
        folder, "credentials"
    )
    in_config = "default" if name in ("", "default") else f"profile {name}"
    found = _section(config, in_config) | _section(credentials, name or "default")
    if name and not found:
        raise Usage(
            "bad-value",
            f"there is no profile {name} in {config} or {credentials}",
            "unset AWS_PROFILE, or run: aws configure --profile NAME",
        )
    if name and "aws_access_key_id" not in found and not variables.get("AWS_ACCESS_KEY_ID"):
        raise Usage(
            "bad-value",
            f"the profile {name} has no access key; single sign-on, roles and programs that "
            "give credentials are not supported",
            'run: eval "$(aws configure export-credentials --format env)"',
        )
    return found


def _section(path: str, name: str) -> dict[str, str]:
    """One section of an INI file; empty where the file or the section is missing."""
    if not os.path.isabs(path):
        return {}
    parser = configparser.RawConfigParser(
        default_section="", strict=False, inline_comment_prefixes=("#", ";")
    )
    try:
        with open(path, "rb") as file:
            parser.read_string(file.read(limits.SETTINGS_BYTES).decode())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise _unreadable(path, error) from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Usage("bad-value", f"{path} is not understood", "see: aws configure") from error
    return dict(parser.items(name)) if parser.has_section(name) else {}


def _certificates(variables: Mapping[str, str]) -> bytes:
    path = variables.get("AWS_CA_BUNDLE", "")
    if not path:
        return b""
    try:
        with open(path, "rb") as file:
            return file.read(limits.MIB)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> NotAllowed:
    reason = error.strerror or str(error)
    return NotAllowed("permission-denied", f"cannot read {path}: {reason}", path=path)


def _checked(endpoint: str) -> str:
    if endpoint and not _ENDPOINT.fullmatch(endpoint):
        raise Usage(
            "bad-value",
            "the endpoint of a bucket is no plain URL",
            "write https://HOST or http://HOST:PORT, without user and password",
        )
    return endpoint.rstrip("/")


def _amazon(region: str) -> str:
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://s3.{region}.amazonaws.com{suffix}"


def _passed(variables: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {name: variables[one] for one, name in names.items() if variables.get(one)}


def _first(variables: Mapping[str, str], *names: str) -> str:
    return next((variables[name] for name in names if variables.get(name)), "")
