"""Failure: what went wrong with a request to a bucket, read from what the client says of it.

The client tells a few kinds of errors by their class and the rest in words: the HTTP status, the
provider's code and how the connection ended are found in the text. What is not found there counts
as a failure that no repetition mends.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from contentvc.errors import Busy, ContentvcError, NotAllowed, Unreachable

__all__ = ["PERMISSIONS", "Failure", "Kind", "explain", "failure_of"]

PERMISSIONS: Final[dict[str, dict[str, str]]] = {
    "s3": {
        "read": "s3:GetObject",
        "write": "s3:PutObject",
        "delete": "s3:DeleteObject",
        "list": "s3:ListBucket",
    },
    "gs": {
        "read": "storage.objects.get",
        "write": "storage.objects.create and storage.objects.delete",
        "delete": "storage.objects.delete",
        "list": "storage.objects.list",
    },
    "az": {
        "read": "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        "write": "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
        "delete": "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
        "list": "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    },
}
"""What each provider calls the permission that reading, writing, deleting and listing need."""

_STATUS: Final = re.compile(r"status code: (\d{3})")
_CODE: Final = re.compile(r"<Code>([A-Za-z0-9.]{1,64})</Code>")
_TRANSPORT: Final = re.compile(r"HttpError \{\s*kind: ([A-Za-z]+)")
_UNMADE: Final = "kind: Builder"
_BARE: Final = "redirect without LOCATION"
_REASONS: Final = (
    re.compile(r'(?:message|error): "([^"\n]{1,120})"'),
    re.compile(r"HTTP error: ([^\n]{1,120})"),
    re.compile(r"status code: ([^\n:]{1,60})"),
)
_NO_BUCKET: Final = frozenset({"NoSuchBucket", "ContainerNotFound", "InvalidBucketName"})
_CONTENDED: Final = frozenset({"ConditionalRequestConflict", "OperationAborted"})
"""A creator of the same name is under way on S3: who wins is open."""
_UNKNOWN_KEY: Final = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "AuthenticationFailed"}
)
_OTHER_REGION: Final = frozenset(
    {"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"}
)
_FULL: Final = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity"})
_PASSING: Final = frozenset({"RequestTimeout", "SlowDown", "InternalError", "ServerBusy"})
_PASSING_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class Kind(Enum):
    """What the caller does next."""

    ABSENT = auto()
    """Nothing has this name."""
    EXISTS = auto()
    """The name was there already."""
    BEYOND = auto()
    """The range begins behind the last byte."""
    PASSING = auto()
    """Trying again may help."""
    LASTING = auto()
    """Trying again does not help."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request."""

    kind: Kind
    arrived: bool
    """Whether the request may have arrived, and taken effect."""
    status: int = 0
    """Of the HTTP answer; 0 where there was none."""
    code: str = ""
    """The provider's word for it."""
    reason: str = ""
    """A few words of the client or the system."""
    without_credentials: bool = False
    """Whether the client was still looking for credentials."""


def failure_of(error: Exception) -> Failure:
    """What an error that the client raised means."""
    text = str(error)
    status = _number(_STATUS.search(text))
    code = _word(_CODE.search(text)) or ("PermanentRedirect" if _BARE in text else "")
    # A server chooses the words of its answer: with a status, they say nothing of the connection.
    transport = "" if status else _transport(text)
    # Where no machine of a cloud answers, each attempt takes as long as a connection may.
    is_lost = _asks_the_machine(text)
    return Failure(
        kind=Kind.LASTING if is_lost else _kind(type(error).__name__, status, code, transport),
        arrived=status in _PASSING_STATUS or code in _CONTENDED or transport not in ("", "Connect"),
        status=status,
        code=code,
        reason=next((match[1] for one in _REASONS if (match := one.search(text))), text[:120]),
        without_credentials=is_lost,
    )


def explain(failure: Failure, provider: str, place: str, verb: str, name: str) -> ContentvcError:
    """The error for people.

    Args:
        failure: one that is neither ABSENT, nor EXISTS, nor BEYOND.
        provider: ``s3``, ``gs`` or ``az``.
        place: the bucket, its folder and the endpoint, as they may be shown.
        verb: read, write, delete or list.
        name: what it was about.
    """
    told = f"cannot {verb} {name or 'names'} in {place}: {failure.code or failure.reason}"
    if failure.code in _NO_BUCKET:
        return Unreachable(
            "unknown-bucket",
            f"{place}: there is no such bucket",
            "check its name and the endpoint, or create it with the provider's tools",
        )
    if failure.code in _FULL or failure.status == 507:
        return Busy("disk-full", told, "make room at the provider, or raise the quota")
    if failure.without_credentials:
        return NotAllowed(
            "permission-denied", f"{place}: no credentials were found", _CREDENTIALS[provider]
        )
    if failure.code in _UNKNOWN_KEY or failure.status == 401:
        return NotAllowed(
            "permission-denied",
            f"{place}: the credentials are not accepted: {failure.code or failure.reason}",
            _CREDENTIALS[provider],
        )
    return _explain_more(failure, provider, place, verb, told)


def _explain_more(
    failure: Failure, provider: str, place: str, verb: str, told: str
) -> ContentvcError:
    if failure.code == "ExpiredToken":
        return NotAllowed("permission-denied", told, "the credentials have expired: renew them")
    if failure.code == "RequestTimeTooSkewed":
        return NotAllowed("permission-denied", told, "set this machine's clock")
    if failure.code in _OTHER_REGION or failure.status in (301, 307, 308):
        return NotAllowed(
            "permission-denied", told, "set AWS_REGION to the region that the bucket is in"
        )
    if failure.status == 403:
        return NotAllowed(
            "permission-denied", told, f"the credentials need {PERMISSIONS[provider][verb]}"
        )
    if failure.kind is Kind.PASSING:
        return Unreachable(
            "unreachable",
            f"{place} does not answer: {failure.code or failure.reason}",
            "check the network, the bucket's name and the endpoint, and try again",
        )
    return Busy("storage-failed", told, "the provider's status page or log may say more")


_CREDENTIALS: Final = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "set GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login",
    "az": "set AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN",
}


def _kind(error: str, status: int, code: str, transport: str) -> Kind:
    if code in _NO_BUCKET or code in _CONTENDED:
        return Kind.LASTING if code in _NO_BUCKET else Kind.PASSING
    if error == "AlreadyExistsError":
        return Kind.EXISTS
    if error == "FileNotFoundError" or status == 404:
        return Kind.ABSENT
    if status == 416:
        return Kind.BEYOND
    may_pass = code in _PASSING or status in _PASSING_STATUS or transport
    return Kind.PASSING if may_pass else Kind.LASTING


def _transport(text: str) -> str:
    """How the connection ended (Connect, Request, Timeout, …); empty where there was none."""
    return "" if _UNMADE in text else _word(_TRANSPORT.search(text))


def _asks_the_machine(text: str) -> bool:
    """Whether it failed to get credentials from the machine it runs on, as cloud machines have."""
    return any(
        word in text
        for word in ("169.254.169.254", "metadata.google.internal", "InstanceCredentials")
    )


def _number(match: re.Match[str] | None) -> int:
    return int(match[1]) if match else 0


def _word(match: re.Match[str] | None) -> str:
    return match[1] if match else ""
