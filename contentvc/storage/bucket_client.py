"""Clients of a bucket. This is the only module that knows the library they come from.

They differ in their patience, and only those that send parts of an upload repeat a request: the
library would take a condition that its own first attempt made false for somebody else's success.
"""

import os
from collections.abc import Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from contentvc import limits
from contentvc.errors import NotAllowed, Usage
from contentvc.storage.bucket_settings import BucketSettings

if TYPE_CHECKING:
    from obstore import ObjectMeta, WritableFile
    from obstore.store import AzureStore, GCSStore, S3Store

    Client = S3Store | GCSStore | AzureStore
    Entry = ObjectMeta

__all__ = ["Clients", "errors", "writer"]


class Clients:
    """Clients of one bucket, which differ in their patience. Made when first needed."""

    def __init__(self, kind: str, bucket: str, settings: BucketSettings) -> None:
        _library()
        self._kind = kind
        self._bucket = bucket
        self._settings = settings
        self._process = os.getpid()

    @cached_property
    def quick(self) -> "Client":
        """For what is answered at once; a long answer may take its time while bytes come."""
        return self._make({"read_timeout": f"{limits.BUCKET_ANSWER}s", "timeout": "1day"})

    @cached_property
    def patient(self) -> "Client":
        """For one large body."""
        return self._make({"timeout": f"{limits.BUCKET_BODY}s"})

    @cached_property
    def repeating(self) -> "Client":
        """For parts of an upload, which may be sent again whatever became of them."""
        return self._make({"timeout": f"{limits.BUCKET_BODY}s"}, limits.BUCKET_ATTEMPTS)

    def check_process(self) -> None:
        """Refuse what would hang: the library's threads do not live in a forked child."""
        if os.getpid() != self._process:
            raise RuntimeError("a bucket is used by another process than the one that opened it")

    def _make(self, timeouts: Mapping[str, str], retries: int = 0) -> "Client":
        settings = self._settings
        options: dict[str, Any] = {
            "allow_http": settings.endpoint.startswith("http://"),
            "connect_timeout": f"{limits.BUCKET_CONNECT}s",
            **timeouts,
        }
        if settings.certificates:
            options["root_certificate"] = settings.certificates
        more: dict[str, Any] = {}
        if settings.keys:
            more["credential_provider"] = partial(_credentials, settings.keys)
        make: Any = _library()[self._kind]
        try:
            client: Client = make(
                self._bucket,
                config=dict(settings.config),
                client_options=options,
                retry_config={"max_retries": retries},
                **more,
            )
        except _refusals() as error:
            # The text may quote what was in a variable, so it is not repeated.
            raise Usage(
                "bad-value",
                f"{self._kind}://{self._bucket} cannot be used with the settings there are",
                "check the provider's environment variables and its files of credentials",
            ) from error
        return client


def _credentials(keys: Mapping[str, str]) -> dict[str, str | None]:
    """Asked for by the library, which would mix what it is told with what it finds by itself."""
    return {
        "access_key_id": keys["access_key_id"],
        "secret_access_key": keys["secret_access_key"],
        "token": keys.get("session_token"),
        "expires_at": None,
    }


def writer(client: "Client", key: str) -> "WritableFile":
    """Something to write an upload to: in parts, some at once; it is there once it is closed."""
    from obstore import open_writer

    return open_writer(
        client, key, buffer_size=limits.BUCKET_PART, max_concurrency=limits.BUCKET_PARTS
    )


@cache
def _library() -> dict[str, object]:
    try:
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError as error:
        raise NotAllowed(
            "not-supported",
            "buckets need a part of contentvc that is not installed",
            "run: pip install 'contentvc[s3]'",
        ) from error
    return {"s3": S3Store, "gs": GCSStore, "az": AzureStore}


@cache
def errors() -> tuple[type[Exception], ...]:
    """What the library raises; a missing name is an `OSError`."""
    from obstore.exceptions import BaseError

    return BaseError, OSError


@cache
def _refusals() -> tuple[type[Exception], ...]:
    """What the library raises when it is given settings that it does not understand."""
    return *errors(), ValueError
