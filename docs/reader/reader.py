"""Reads a contentvc repository of layout 1 without contentvc, as docs/reference/format.md says.

    python reader.py REPOSITORY                     list refs
    python reader.py REPOSITORY REVISION            show a commit and its files
    python reader.py REPOSITORY REVISION FOLDER     write its files to a new folder

REPOSITORY is the folder that holds ``repository.json``. REVISION is a branch, a tag, a ref in full
or the 64 digits of a commit's id. Everything that is read is verified against its id.
"""
# ruff: noqa: INP001 - a program of one file, not part of a package

import json
import os
import struct
import sys
from collections.abc import Iterator
from typing import Any

import msgpack
import zstandard
from blake3 import blake3

RAW, LIST, TREE, COMMIT = range(4)
CONTEXTS = {LIST: "chunk list", TREE: "tree", COMMIT: "commit"}
DIRECTORY, SYMLINK, EXECUTABLE = 3, 2, 1
NONE = bytes(32)
Rows = dict[bytes, tuple[int, int]]
"""Offset and length of the objects in a block."""


def require(condition: object, complaint: str) -> None:
    """Stop at the first thing that is not as it should be."""
    if not condition:
        sys.exit(f"damaged: {complaint}")


def fields(message: bytes, count: int | None = None) -> list[Any]:
    """The fields of a message; none of no bytes."""
    unpacked: list[Any] = msgpack.unpackb(message, raw=False) if message else []
    require(count is None or (len(unpacked) == count and unpacked[0] == 1), "a message")
    return unpacked


def split(column: bytes, width: int) -> list[bytes]:
    """The ids or names of a column."""
    return [column[at : at + width] for at in range(0, len(column), width)]


def numbers(column: bytes, code: str) -> tuple[int, ...]:
    """A column of u32 (code I) or u64 (code Q)."""
    return struct.unpack(f"<{len(column) // struct.calcsize(code)}{code}", column)


def digest(content: bytes, context: str = "") -> bytes:
    """The BLAKE3 of some bytes, plain or under one of the contexts."""
    if not context:
        return blake3(content).digest()
    return blake3(content, derive_key_context=f"contentvc 1 {context}").digest()


def unzip(frame: bytes, prefix: bytes = b"") -> bytes:
    """The content of a zstd frame, against a prefix where there is one."""
    against = zstandard.ZstdCompressionDict(prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    reader = zstandard.ZstdDecompressor(against if prefix else None, max_window_size=1 << 23)
    return reader.decompress(frame, allow_extra_data=False)


class Repository:
    """The refs of a repository and where its objects are."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        stored = self.read("repository.json")
        self.about = json.loads(stored)
        require(self.about["layout"] == 1, f"layout {self.about['layout']} is not known here")
        unknown = self.about["features"]["read"]
        require(not unknown, f"features are not known here: {unknown}")
        self.checksum = digest(stored)
        self.refs: dict[str, tuple[bytes, int]] = {}
        self.workspaces: dict[bytes, tuple[bytes, int]] = {}
        self.packs: dict[bytes, tuple[bytes, int, int]] = {}
        self.gone: set[bytes] = set()
        self.reserved: dict[bytes, list[tuple[str, bytes, bytes, int]]] = {}
        self.replay()
        self.blocks: dict[bytes, list[tuple[int, int, int, int, bytes, Rows]]] = {}
        self.places: dict[bytes, tuple[int, bytes, int]] = {}
        for pack in self.packs:
            self.read_footer(pack)
        self.latest_block: tuple[tuple[bytes, int], bytes] = ((b"", 0), b"")

    def read(self, name: str) -> bytes:
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    # The log

    def operations(self) -> Iterator[bytes]:
        """The bytes of each operation file, those that were bundled out of their bundle."""
        names = sorted(os.listdir(os.path.join(self.folder, "operations")))
        bundled: dict[int, bytes] = {}
        for number, name in enumerate((n for n in names if n.isdigit()), 1):
            require(name == f"{number:020d}", f"operation {number} is missing")
            stored = self.read(f"operations/{name}")
            if not stored and number not in bundled:
                first = (number - 1) // 1000 * 1000 + 1
                bundle = self.read(f"bundles/{first:020d}-{first + 999:020d}")
                _, first, lengths, joined, _ = fields(unzip(bundle[16:]), 5)
                bundled, at = {}, 0
                for count, length in enumerate(numbers(lengths, "I")):
                    bundled[first + count] = joined[at : at + length]
                    at += length
            yield stored or bundled[number]

    def replay(self) -> None:
        """Take every operation that holds."""
        previous = b""
        for sequence, stored in enumerate(self.operations(), 1):
            require(digest(stored[32:], "operation") == stored[:32], f"operation {sequence}")
            operation = fields(stored[32:], 25)
            owner = [operation[1].hex(), operation[2].hex()]
            require(owner == [self.about["repository"], self.about["replica"]], "another's log")
            require(operation[3] == sequence, f"operation {sequence} has another number")
            require(not fields(operation[23]), f"operation {sequence} needs something unknown")
            require(sequence > 1 or operation[22] == self.checksum, "repository.json")
            if operation[4] == previous and self.holds(operation):
                self.take(operation, sequence)
            previous = stored[:32]

    def holds(self, operation: list[Any]) -> bool:
        added, removed, discarded = self.packs_of(operation)
        reserved = {change[0] for held in self.reserved.values() for change in held}
        step = fields(operation[19])
        refs = ref_changes(operation[11])
        if step and step[0] == "prepare":
            refs += ref_changes(step[4])
        is_new = bool(step) and step[1] not in self.reserved and step[1] not in self.gone
        return (
            all(self.refs.get(name, (NONE, 0)) == (old, at) for name, old, _, at in refs)
            and not any(name in reserved for name, _, _, _ in refs)
            and all(
                self.workspaces.get(workspace, (b"", 0)) == (old, at)
                for workspace, old, _, at in workspace_changes(operation[12])
            )
            and len({row[0] for row in added}) == len(added)
            and not any(row[0] in self.packs or row[0] in self.gone for row in added)
            and all(pack in self.packs for pack in removed)
            and not any(pack in self.packs for pack in discarded)
            and len({change[0] for change in refs}) == len(refs)
            and (not step or (is_new if step[0] == "prepare" else step[1] in self.reserved))
        )

    def take(self, operation: list[Any], sequence: int) -> None:
        added, removed, discarded = self.packs_of(operation)
        step = fields(operation[19])
        refs = ref_changes(operation[11])
        if step and step[0] == "prepare":
            self.reserved[step[1]] = ref_changes(step[4])
        elif step:
            held = self.reserved.pop(step[1])
            refs += held if step[0] == "commit" else []
            self.gone |= set() if step[0] == "commit" else {step[1]}
        for name, _, new, _ in refs:
            self.refs[name] = (new, sequence)
            if new == NONE:
                del self.refs[name]
        for workspace, _, head, _ in workspace_changes(operation[12]):
            self.workspaces[workspace] = (head, sequence)
            if not head:
                del self.workspaces[workspace]
        for pack in removed + discarded:
            self.packs.pop(pack, None)
            self.gone.add(pack)
        self.packs.update({name: (checksum, size, end) for name, checksum, size, end in added})

    @staticmethod
    def packs_of(operation: list[Any]) -> tuple[list[Any], list[bytes], list[bytes]]:
        """Packs an operation adds (name, digest, length, footer length), removes and discards."""
        names, digests, lengths, footers, _ = fields(operation[16]) or [b""] * 5
        rows = split(names, 16), split(digests, 32), numbers(lengths, "Q"), numbers(footers, "I")
        added = list(zip(*rows, strict=True))
        return added, split(operation[17], 16), split(operation[18], 16)

    # Objects

    def read_footer(self, pack: bytes) -> None:
        stored = self.read(f"packs/{pack.hex()}")
        checksum, length, footer_length = self.packs[pack]
        require(len(stored) == length and digest(stored) == checksum, f"pack {pack.hex()}")
        start = length - footer_length
        middle = length - 24 - int.from_bytes(stored[-16:-8], "little")
        table = fields(unzip(stored[middle:-24]), 11)
        deltas = fields(table[5])
        bases = dict(zip(deltas[::3], deltas[2::3], strict=True))
        counts, lengths = numbers(table[6], "I"), numbers(table[7], "I")
        columns = numbers(table[1], "I"), numbers(table[2], "I"), table[3], counts
        kinds, ids = table[8], []
        if kinds:
            last = list(zip(*columns, strict=True))[len(counts) - table[9] :]
            prefix, at = b"", start - sum(size for size, _, _, _ in last)
            for size, _, method, _ in last:
                prefix += unzip(stored[at : at + size]) if method else stored[at : at + size]
                at += size
            ids = split(unzip(stored[start:middle], prefix), 32)
        self.blocks[pack], at, row = [], 8, 0
        for number, (size, raw, method, count) in enumerate(zip(*columns, strict=True)):
            offset, rows = 0, {}
            for position in range(row, row + count):
                rows[ids[position]] = (offset, lengths[position])
                self.places.setdefault(ids[position], (kinds[position], pack, number))
                offset += lengths[position]
            self.blocks[pack].append((at, size, raw, method, bases.get(number, b""), rows))
            at, row = at + size, row + count

    def block(self, pack: bytes, number: int) -> bytes:
        """The raw bytes of a block; the latest one is remembered."""
        if self.latest_block[0] != (pack, number):
            at, size, raw, method, bases, _ = self.blocks[pack][number]
            with open(os.path.join(self.folder, "packs", pack.hex()), "rb") as file:
                file.seek(at)
                stored = file.read(size)
            prefix = b"".join(self.base(pack, base) for base in split(bases, 52))
            content = unzip(stored, prefix) if method else stored
            require(len(content) == raw, f"block {number} of pack {pack.hex()}")
            self.latest_block = ((pack, number), content)
        return self.latest_block[1]

    def base(self, pack: bytes, base: bytes) -> bytes:
        """The bytes of an object that a delta block stands on."""
        where = base[32:48] if any(base[32:48]) else pack
        content = self.cut(where, int.from_bytes(base[48:], "little"), base[:32])
        is_list = digest(content[32:], CONTEXTS[LIST]) == content[:32]
        require(is_list or digest(content) == base[:32], f"a base of pack {pack.hex()}")
        return content

    def cut(self, pack: bytes, number: int, identifier: bytes) -> bytes:
        """The bytes of an object in a block, not verified."""
        offset, length = self.blocks[pack][number][5].get(identifier, (0, 0))
        return self.block(pack, number)[offset : offset + length]

    def get(self, kind: int, identifier: bytes) -> bytes:
        """The bytes of an object, which hash to its id."""
        require(identifier in self.places, f"{identifier.hex()} is not stored")
        found, pack, number = self.places[identifier]
        content = self.cut(pack, number, identifier)
        expected = content[:32] if kind == LIST else identifier
        content = content[32:] if kind == LIST else content
        sound = found == kind and digest(content, CONTEXTS.get(kind, "")) == expected
        require(sound, f"object {identifier.hex()}")
        return content

    def blob(self, identifier: bytes) -> Iterator[bytes]:
        """The content of a file in parts."""
        if self.places.get(identifier, (RAW,))[0] != LIST:
            yield self.get(RAW, identifier)
            return
        whole = blake3()
        for chunk in split(fields(self.get(LIST, identifier), 4)[2], 32):
            part = self.get(RAW, chunk)
            whole.update(part)
            yield part
        require(whole.digest() == identifier, f"blob {identifier.hex()}")

    def entries(self, tree: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        """Name, mode and id of everything in a directory, the parts of a large one joined."""
        _, node, names, modes, _, ids, _ = fields(self.get(TREE, tree), 7)
        rows = zip(names.split(b"\0")[:-1], modes, split(ids, 32), strict=True)
        for name, mode, identifier in rows:
            if node:
                yield from self.entries(identifier)
            else:
                yield name, mode, identifier

    def files(self, tree: bytes, prefix: bytes = b"") -> Iterator[tuple[bytes, int, bytes]]:
        """Path, mode and id of every file below a tree."""
        last = b""
        for name, mode, identifier in self.entries(tree):
            sound = last < name and b"/" not in name and name not in (b".", b"..")
            require(sound, f"the name {name!r}")
            last = name
            if mode == DIRECTORY:
                yield from self.files(identifier, prefix + name + b"/")
            else:
                yield prefix + name, mode, identifier

    def commit(self, revision: str) -> list[Any]:
        """The fields of the commit that a ref or an id names."""
        for prefix in ("", "tag/", "branch/", "remote/"):
            if prefix + revision in self.refs:
                return fields(self.get(COMMIT, self.refs[prefix + revision][0]), 8)
        require(len(revision) == 64, f"there is no ref {revision}")
        return fields(self.get(COMMIT, bytes.fromhex(revision)), 8)


def ref_changes(message: bytes) -> list[tuple[str, bytes, bytes, int]]:
    """Name, old id, new id and sequence of the previous change of each ref."""
    names, old, new, previous = fields(message) or (b"", b"", b"", b"")
    rows = fields(names), split(old, 32), split(new, 32), numbers(previous, "Q")
    return list(zip(*rows, strict=True))


def workspace_changes(message: bytes) -> list[tuple[bytes, bytes, bytes, int]]:
    """Name, old head, new head and sequence of the previous change of each workspace."""
    row = fields(message)
    return list(zip(row[::4], row[1::4], row[2::4], row[3::4], strict=True))


def write(repository: Repository, tree: bytes, folder: bytes) -> None:
    """Write every file below a tree into a new folder, symlinks last."""
    os.mkdir(folder)
    links = []
    for path, mode, identifier in repository.files(tree):
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if mode == SYMLINK:
            links.append((b"".join(repository.blob(identifier)), target))
            continue
        permissions = 0o777 if mode == EXECUTABLE else 0o666
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, permissions), "wb") as file:
            file.writelines(repository.blob(identifier))
    for destination, target in links:
        os.symlink(destination, target)


def show(repository: Repository, revision: str) -> None:
    """Print a commit and its files."""
    _, tree, parents, author, time, _, message, _ = repository.commit(revision)
    print("tree", tree.hex())  # noqa: T201
    for parent in split(parents, 32):
        print("parent", parent.hex())  # noqa: T201
    print(f"author {author}\ntime {time}\n\n{message}\n")  # noqa: T201
    for path, mode, identifier in repository.files(tree):
        print(identifier.hex(), mode, os.fsdecode(path))  # noqa: T201


def main(words: list[str]) -> None:
    """List refs, show a commit, or write its files, as the words on the command line ask."""
    if not 1 <= len(words) <= 3:
        sys.exit(__doc__)
    repository = Repository(words[0])
    if len(words) == 1:
        for name, (identifier, _) in sorted(repository.refs.items()):
            print(identifier.hex(), name)  # noqa: T201
    elif len(words) == 2:
        show(repository, words[1])
    else:
        write(repository, repository.commit(words[1])[1], os.fsencode(words[2]))


if __name__ == "__main__":
    main(sys.argv[1:])
