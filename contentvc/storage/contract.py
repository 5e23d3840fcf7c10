"""The Storage contract: what every place that holds bytes must promise."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

__all__ = ["AlreadyExists", "NotFound", "Storage", "StorageError", "Unclear"]


class StorageError(Exception):
    """The storage did not do what was asked; nothing may be assumed of the name."""


class NotFound(StorageError):
    """The storage holds nothing of this name."""


class AlreadyExists(StorageError):
    """`create` or `upload` met the name; its bytes are unchanged."""


class Unclear(StorageError):
    """The answer was lost: the call may or may not have taken effect."""


class Storage(ABC):
    """Named bytes. Names are ASCII paths with ``/`` between their parts.

    The caller never asks for names that start or end with ``/``, hold ``..`` or are empty.
    Implementations are safe to use from several threads and, where they say so, processes.
    """

    @abstractmethod
    def read(self, name: str, span: tuple[int, int] | None = None) -> bytes:
        """The bytes of `name`, or of its half-open range `span`; shorter at the end of the bytes.

        Raises:
            NotFound: nothing has this name.
        """

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """Replace atomically: a reader sees the old or the new bytes, whole. Not yet durable."""

    @abstractmethod
    def create(self, name: str, content: bytes) -> None:
        """As write, but only if the name does not exist; durable when it returns.

        Exactly one of several racing creators wins.

        Raises:
            AlreadyExists: another creator was first.
            Unclear: the answer was lost; creating the same bytes again settles it.
        """

    @abstractmethod
    def upload(self, name: str, parts: Iterable[bytes]) -> None:
        """Stream a new name; visible only when complete and durable. For packs.

        Raises:
            AlreadyExists: the name exists. Where it has these very bytes, an implementation may
                take them for its own, as it cannot always tell who sent them.
        """

    @abstractmethod
    def delete(self, name: str) -> None:
        """Afterwards nothing has this name. Deleting what is not there is fine."""

    @abstractmethod
    def list(self, prefix: str, after: str | None = None) -> Iterator[str]:
        """Names that start with `prefix`, in ascending order, greater than `after`."""

    @abstractmethod
    def stamps(self, prefix: str, after: str | None = None) -> Iterator[tuple[str, str]]:
        """As `list`, each name with a stamp: other bytes under the name bring another stamp.

        Equal stamps of a name, taken from one storage, mean that its bytes are the same; nothing
        else may be read from them. In a folder, a name that is replaced several times within one
        tick of the file system's clock may come back to an earlier stamp.
        """
