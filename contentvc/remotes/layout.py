"""LayoutRemote: a replica in the layout of a repository, in a folder or a bucket."""

from contentvc.history.draft import Draft
from contentvc.history.view import View
from contentvc.ids import OperationId, RepositoryId
from contentvc.objects.chunker import Chunking
from contentvc.objects.pack import Footer, PackBuilder
from contentvc.objects.store import ObjectStore
from contentvc.remotes.contract import Remote
from contentvc.repository import Repository
from contentvc.snapshots.operation import Operation, PackRecord

__all__ = ["LayoutRemote"]


class LayoutRemote(Remote):
    """A replica that is read and written as a repository is.

    Args:
        replica: the repository on the remote's storage.
        kind: as in `Remote.kind`.
        location: as in `Remote.location`.
    """

    def __init__(self, replica: Repository, kind: str, location: str) -> None:
        self._replica = replica
        self._kind = kind
        self._location = location

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def location(self) -> str:
        return self._location

    @property
    def repository(self) -> RepositoryId:
        return self._replica.description.repository

    @property
    def replica(self) -> RepositoryId:
        return self._replica.description.replica

    @property
    def chunking(self) -> Chunking:
        return self._replica.description.chunking

    @property
    def view(self) -> View:
        return self._replica.view

    def refresh(self) -> View:
        return self._replica.refresh()

    @property
    def objects(self) -> ObjectStore:
        return self._replica.objects

    def operation(self, sequence: int) -> tuple[Operation, OperationId] | None:
        return self._replica.log.read(sequence)

    def upload(self, builder: PackBuilder) -> tuple[PackRecord, Footer]:
        record, footer = builder.upload(self._replica.storage)
        self.objects.index.add(record.name, footer)
        return record, footer

    def append(self, draft: Draft) -> View:
        return self._replica.append(draft)
