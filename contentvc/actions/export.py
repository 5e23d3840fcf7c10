"""Export: a version, or some paths of it, as a folder or an archive without any history."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from blake3 import blake3

from contentvc import limits
from contentvc.actions.bringing import shares_of
from contentvc.actions.needed import bring_files
from contentvc.actions.progress import Progress
from contentvc.actions.selected import selected_in
from contentvc.changes.trees import TreeChange, list_files, lookup
from contentvc.errors import Damaged, Missing, Usage
from contentvc.ids import ObjectId
from contentvc.repository import Repository
from contentvc.snapshots.names import unsafe_reason
from contentvc.snapshots.tree import Entry, Mode
from contentvc.storage import disk
from contentvc.worktree.checkout import Content, check_links, write_files
from contentvc.worktree.files import Files
from contentvc.worktree.names import check_distinct, probe
from contentvc.worktree.tar import Member, tar_body, tar_ending, tar_parts
from contentvc.worktree.workers import Workers

__all__ = [
    "ExportReport",
    "ExportRequest",
    "Format",
    "Tools",
    "export",
    "exported_parts",
    "format_of",
]

_WINDOW: Final = 32 * limits.MIB
"""Bytes of small files that are read together, in the order in which they lie in packs."""
_WORTH_SPLITTING: Final = 2000
"""Files from which a second process pays: it starts in the time that reading about 400 takes."""
_LEVEL: Final = 9
"""Of zstd: a third of the time of level 12 for 3 % more bytes, on text."""


class Format(StrEnum):
    """What an export is written as."""

    FOLDER = "folder"
    TAR = "tar"
    TAR_ZST = "tar.zst"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write."""

    tree: ObjectId
    time: int
    """Microseconds since 1970 UTC, for every file: a version's own time."""
    paths: tuple[bytes, ...] = ()
    """Files and folders; none means all."""
    sets: tuple[str, ...] = ()
    """Only files of these content sets, as the version declares them."""
    prefix: bytes = b""
    """Folders above everything, as ``name/`` or ``a/b/``."""
    skip_purged: bool = False
    """Leave out what was purged, where it is refused otherwise."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the edge knows of the world."""

    workers: Workers
    progress: Progress
    is_mac: bool = False


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    format: Format
    files: int
    size: int
    """Bytes of content."""
    digest: str | None
    """BLAKE3 of the archive before it is compressed; None for a folder."""
    skipped: tuple[bytes, ...]
    """Paths of what was purged."""


def format_of(name: str) -> Format:
    """What the end of a name asks for; a folder where it asks for nothing."""
    for form in (Format.TAR_ZST, Format.TAR, Format.ZIP):
        if name.lower().endswith(f".{form}"):
            return form
    return Format.FOLDER


def export(
    repository: Repository,
    request: ExportRequest,
    target: bytes,
    form: Format,
    tools: Tools,
    *,
    force: bool = False,
) -> ExportReport:
    """Write a version to a file or folder that is complete when it gets its name.

    The same version gives the same bytes on every machine: files are sorted, their times are the
    version's, their owner is nobody. A ``.zip`` is not compressed; a ``.tar.zst`` depends on the
    version of zstd, and the archive in it does not.

    Args:
        repository: where the version is.
        request: what of it.
        target: an absolute path; its folder exists.
        form: what to write.
        tools: what the edge knows.
        force: replace a file, or an empty folder, that is there.

    Raises:
        Conflict: there is something (``already-exists``), or the file system cannot tell names of
            a folder apart.
        Missing: the version has none of a path, content of it was purged, or a content set is
            not declared.
        Declined: a zip file cannot hold a name; content sets are named, and there are mistakes in
            contentvc.toml.
        Damaged: content cannot be read; nothing is left behind.
        NotAllowed, Busy: the file system refuses.
    """
    from contentvc.worktree.landing import check_landing, landing  # noqa: PLC0415 - not for stdout

    check_landing(target, is_folder=form is Format.FOLDER, force=force)
    rows, skipped = _rows(repository, request)
    digest = None
    tools.progress.start(len(rows), sum(entry.size for _, entry in rows), "Exporting")
    with landing(target, is_folder=form is Format.FOLDER, force=force) as made:
        if form is Format.FOLDER:
            _write_folder(repository, rows, made, request, is_mac=tools.is_mac)
        else:
            digest = _write_archive(repository, rows, made, form, request, tools)
            _sync(made)
    tools.progress.finish()
    return _report(form, rows, digest, skipped)


def exported_parts(
    repository: Repository, request: ExportRequest, form: Format, progress: Progress
) -> tuple[Iterator[bytes], tuple[bytes, ...]]:
    """The bytes of an archive as they are made, and the paths of what was purged.

    Raises:
        Usage: a folder or a zip file, which cannot be written in one go, is asked for.
        Missing: as `export`; what cannot be read ends the parts with its error.
    """
    if form not in (Format.TAR, Format.TAR_ZST):
        raise Usage("usage", f"a {form} cannot be written to standard output", "use --format tar")
    rows, skipped = _rows(repository, request)
    parts = tar_parts(_members(repository, rows, progress), _seconds(request))
    return (parts if form is Format.TAR else _compressed(parts)), skipped


def _report(
    form: Format,
    rows: Sequence[tuple[bytes, Entry]],
    digest: str | None,
    skipped: tuple[bytes, ...],
) -> ExportReport:
    return ExportReport(form, len(rows), sum(entry.size for _, entry in rows), digest, skipped)


def _seconds(request: ExportRequest) -> int:
    return max(0, request.time // 1_000_000)


def _rows(
    repository: Repository, request: ExportRequest
) -> tuple[list[tuple[bytes, Entry]], tuple[bytes, ...]]:
    """Every file and its name in the archive, sorted; and what is left out."""
    _check_prefix(request.prefix)
    selection = selected_in(repository, request.tree, request.sets)
    found = _files(repository, request)
    if selection is not None:
        found = [row for row in found if selection.has(row[0])]
    skipped: list[bytes] = []
    if repository.view.purged:
        skipped = [path for path, entry in found if repository.is_purged(entry.id)]
    if skipped and not request.skip_purged:
        raise _purged(repository, dict(found), skipped)
    gone, prefix = set(skipped), request.prefix
    rows = [(prefix + path, entry) for path, entry in found if path not in gone]
    bring_files(repository, rows)
    check_links(list(_links(rows)), _content(repository))
    return rows, tuple(skipped)


def _links(rows: Sequence[tuple[bytes, Entry]]) -> Iterator[TreeChange]:
    return (TreeChange(path, None, entry) for path, entry in rows if entry.mode is Mode.SYMLINK)


def _files(repository: Repository, request: ExportRequest) -> list[tuple[bytes, Entry]]:
    """Every file that is asked for, once, sorted by path."""
    if not request.paths:
        return sorted(list_files(repository.entries, request.tree))
    rows: dict[bytes, Entry] = {}
    for path in request.paths:
        rows.update(_below(repository, request.tree, path))
    return sorted(rows.items())


def _below(repository: Repository, tree: ObjectId, path: bytes) -> Iterator[tuple[bytes, Entry]]:
    found = lookup(repository.entries, tree, path)
    if found is None:
        shown = path.decode("utf-8", "replace")
        raise Missing(
            "unknown-path",
            f"{shown} is not in that version",
            "list what is there with: contentvc ls -r REVISION",
            path=shown,
        )
    if found.mode is not Mode.DIRECTORY:
        yield path, found
        return
    for below, entry in list_files(repository.entries, found.id):
        yield (path + b"/" + below if path else below), entry


def _purged(repository: Repository, found: dict[bytes, Entry], skipped: Sequence[bytes]) -> Missing:
    names = [path.decode("utf-8", "replace") for path in skipped]
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    gone = repository.objects.why_gone(found[skipped[0]].id)
    return Missing(
        "purged",
        f"{names[0]}{more} cannot be exported: {gone}",
        "leave it out with: --skip-purged",
        paths=names,
    )


def _check_prefix(prefix: bytes) -> None:
    if not prefix:
        return
    names = prefix.split(b"/")
    if names.pop() or any(unsafe_reason(name) is not None for name in names):
        shown = prefix.decode("utf-8", "replace")
        raise Usage("bad-value", f"{shown!r} is no prefix", "write one as NAME/ or A/B/")


def _members(
    repository: Repository, rows: Sequence[tuple[bytes, Entry]], progress: Progress
) -> Iterator[Member]:
    """The files with their content; small ones are read many at a time."""
    for window in _windows(rows):
        small = {entry.id for _, entry in window if entry.size <= limits.WHOLE_BLOB}
        blobs = dict(repository.blobs(small))
        for path, entry in window:
            content = blobs.get(entry.id)
            if content is None:
                parts = _counted(path, entry, repository.stream(entry.id))
                yield Member(path, entry.mode, entry.size, parts)
            elif len(content) == entry.size:
                yield Member(path, entry.mode, entry.size, content)
            else:
                raise _wrong_size(path)
        progress.advance(len(window), sum(entry.size for _, entry in window))


def _counted(path: bytes, entry: Entry, parts: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > entry.size:
            break
        yield part
    if size != entry.size:
        raise _wrong_size(path)


def _windows(
    rows: Sequence[tuple[bytes, Entry]],
) -> Iterator[Sequence[tuple[bytes, Entry]]]:
    start = size = 0
    for position, (_, entry) in enumerate(rows):
        size += min(entry.size, limits.WHOLE_BLOB)
        if size >= _WINDOW:
            yield rows[start : position + 1]
            start, size = position + 1, 0
    yield rows[start:]


def _content(repository: Repository) -> Content:
    return Content(repository.blobs, lambda _, identifier: repository.stream(identifier))


def _write_folder(
    repository: Repository,
    rows: Sequence[tuple[bytes, Entry]],
    root: bytes,
    request: ExportRequest,
    *,
    is_mac: bool,
) -> None:
    """Symlinks last, so that no path leads through one."""
    folding = probe(root, is_mac=is_mac)
    if not folding.is_exact:
        check_distinct((path for path, _ in rows), folding)
    ordered = sorted(rows, key=lambda row: row[1].mode is Mode.SYMLINK)
    mtime_ns = _seconds(request) * 1_000_000_000
    with Files(root) as files:
        for _ in write_files(files, ordered, _content(repository), mtime_ns):
            pass  # its rows are for a working tree


def _write_archive(
    repository: Repository,
    rows: Sequence[tuple[bytes, Entry]],
    path: bytes,
    form: Format,
    request: ExportRequest,
    tools: Tools,
) -> str:
    """Write it; its digest."""
    digest, seconds = blake3(), _seconds(request)
    if form is Format.TAR:
        _write_tar(repository, rows, path, seconds, tools)
    elif form is Format.ZIP:
        from contentvc.worktree.zip import write_zip  # noqa: PLC0415 - 20 ms, for zip alone

        with open(path, "xb") as file:
            write_zip(file, _members(repository, rows, tools.progress), seconds)
    else:
        parts = tar_parts(_members(repository, rows, tools.progress), seconds)
        with open(path, "xb") as file:
            file.writelines(_compressed(_hashed(parts, digest)))
        return digest.hexdigest()
    with open(path, "rb") as file:
        while part := file.read(limits.MIB):
            digest.update(part)
    return digest.hexdigest()


def _write_tar(
    repository: Repository,
    rows: Sequence[tuple[bytes, Entry]],
    path: bytes,
    seconds: int,
    tools: Tools,
) -> None:
    """Every process writes a share of the files beside; then they are put together."""
    is_much = len(rows) >= _WORTH_SPLITTING
    shares = shares_of(rows, tools.workers.count) if is_much else [list(rows)]
    names = [path, *(b"%b.%d" % (path, number) for number in range(1, len(shares)))]

    def write(number: int) -> None:
        members = _members(repository, shares[number], tools.progress)
        with open(names[number], "xb") as file:
            file.writelines(tar_body(members, seconds))

    try:
        tools.workers.gather(write, range(len(shares)))
        with open(path, "ab") as file:
            for name in names[1:]:
                with open(name, "rb") as share:
                    shutil.copyfileobj(share, file, limits.MIB)
            file.write(tar_ending(file.tell()))
    finally:
        for name in names[1:]:
            disk.remove_if_there(name)


def _hashed(parts: Iterable[bytes], digest: "blake3") -> Iterator[bytes]:
    for part in parts:
        digest.update(part)
        yield part


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """One zstd frame with a checksum and no size, always made with the same parameters."""
    import zstandard  # noqa: PLC0415 - only here

    writer = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    for part in parts:
        if compressed := writer.compress(part):
            yield compressed
    yield writer.flush()


def _wrong_size(path: bytes) -> Damaged:
    shown = path.decode("utf-8", "replace")
    return Damaged("damaged", f"{shown} has another size than its folder says", path=shown)


def _sync(path: bytes) -> None:
    with open(path, "rb") as file:
        disk.fsync_file(file.fileno())
