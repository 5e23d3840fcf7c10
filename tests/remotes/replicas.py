"""Two replicas of one repository, in memory, and histories to move between them."""

from dataclasses import dataclass, field, replace

from contentvc.history.draft import Draft, RefMove
from contentvc.ids import Kind, PackName
from contentvc.objects.blocks import seal
from contentvc.objects.pack import PackBuilder
from contentvc.remotes.layout import LayoutRemote
from contentvc.remotes.memory import Memory
from contentvc.remotes.receiving import receive
from contentvc.remotes.sending import send
from contentvc.repository import Repository
from contentvc.snapshots.commit import Commit, encode_commit
from contentvc.snapshots.tree import Entry, Mode, build_tree
from contentvc.storage.memory import MemoryStorage
from contentvc.upkeep.reach import Reach
from contentvc.upkeep.verify import verify
from tests.history.scenes import clockwork

MAIN = "branch/main"


class Watching:
    """Notes what a transfer tells."""

    def __init__(self):
        self.told = []

    def start(self, total_files, total_bytes, label):
        self.told.append((label, total_files, total_bytes))

    def advance(self, files, size):
        self.told.append((files, size))

    def finish(self):
        self.told.append("finish")

    def done(self, label):
        """What was to be done under this label, and what was told to be."""
        start = next(n for n, told in enumerate(self.told) if told[0] == label)
        steps = self.told[start + 1 : self.told.index("finish", start)]
        return self.told[start][1:], (sum(s[0] for s in steps), sum(s[1] for s in steps))


@dataclass
class Replica:
    """A repository, with a hand for making history in it."""

    repo: Repository
    memory: Memory = field(default_factory=lambda: Memory(None))

    @classmethod
    def new(cls, seed=1, storage=None):
        clock = clockwork(seed)
        storage = MemoryStorage() if storage is None else storage
        return cls(Repository.create(storage, clock, None, Draft("init", "A")))

    def reopened(self, seed=99):
        return Replica(Repository.open(self.repo.storage, clockwork(seed)))

    @property
    def remote(self):
        """It as a remote, at the newest view; what is kept of it stays with this object."""
        found = LayoutRemote(
            self.repo.storage, self.repo.clockwork, "folder", "beside", self.memory
        )
        found.refresh()
        return found

    def commit(self, files, parents=(), message="m", old=None, time=None):
        """A commit with these files, by path, in an operation that moves a ref nowhere yet."""
        return self.commits([(files, parents, message)], old, time)[0]

    def commits(self, snapshots, old=None, time=None):
        """Commits whose packs one operation adds; no ref names them yet."""
        made = []
        with self.repo.writing() as writing:
            for number, (files, parents, message) in enumerate(snapshots):
                root, _ = self._tree(writing, files, old or {})
                moment = time if time is not None else 1000 * self.repo.view.sequence + number
                commit = Commit(root, tuple(parents), "A <a@b>", moment, 0, message)
                made.append(writing.put_commit(encode_commit(commit)))
            packs = writing.finish()
        self.repo.append(Draft("commit", "A", added=packs))
        return made

    def _tree(self, writing, files, old):
        entries, folders = [], {}
        for path, content in sorted(files.items()):
            name, _, rest = path.partition(b"/")
            if rest:
                folders.setdefault(name, {})[rest] = content
                continue
            if len(content) > 128 * 1024:
                halves = [content[: 1 << 16], content[1 << 16 :]]
                identifier, size = writing.put_stream(halves, old.get(path))
            else:
                identifier, size = writing.put_blob(content), len(content)
            entries.append(Entry(name, Mode.FILE, size, identifier))
        for name, inner in folders.items():
            tree, size = self._tree(writing, inner, old)
            entries.append(Entry(name, Mode.DIRECTORY, size, tree))
        return build_tree(sorted(entries), writing.put_tree)

    def move(self, name, new):
        old = self.repo.view.refs.get(name)
        self.repo.append(Draft("move", "A", refs=(RefMove(name, old and old.id, new),)))

    def compact(self):
        """All objects in one pack, and in as few blocks as hold them."""
        objects, random = self.repo.objects, self.repo.clockwork.random
        contents = {Kind.RAW: [], Kind.TREE: [], Kind.COMMIT: []}
        for pack in self.repo.view.packs:
            for identifier, kind, *_ in objects.index.footer(pack).rows():
                contents[kind].append((identifier, objects.read(kind, identifier)))
        builder = PackBuilder(PackName(random(16)))
        for kind, rows in contents.items():
            if rows:
                ids, parts = zip(*dict(rows).items(), strict=True)
                builder.add(seal(bytes([kind]) * len(ids), ids, parts))
        record, _ = builder.upload(self.repo.storage)
        removed = tuple(self.repo.view.packs)
        self.repo.append(Draft("compact", "A", added=(record,), removed=removed))

    def reach(self, starts):
        """Everything that commits lead to, chunks too."""
        trouble = []
        found = Reach(self.repo, lambda _, why: trouble.append(why))
        found.walk(starts)
        assert not trouble
        every = {*found.commits, *found.trees, *found.blobs}
        for blob in found.blobs:
            if self.repo.objects.is_large(blob):
                every.update(self.repo.objects.chunks(blob).ids)
        return every

    def stored(self):
        """Every object in a live pack."""
        index = self.repo.objects.index
        return {row[0] for pack in self.repo.view.packs for row in index.footer(pack).rows()}

    def raw(self):
        """All bytes in packs, listed or not, as stored and decompressed."""
        objects = self.repo.objects
        parts = [self.repo.storage.read(name) for name in self.repo.storage.list("packs/")]
        for pack in self.repo.view.packs:
            blocks = objects.index.footer(pack).blocks
            parts += [objects.read_block(pack, *numbered) for numbered in enumerate(blocks)]
        return b"".join(parts)

    def is_sound(self):
        """Whether everything can be read back by another reader."""
        return verify(self.reopened().repo, quick=False).problems == ()


def push(here, there, moves, progress=None):
    """Send what these refs are to name, and move them there."""
    remote = there.remote
    sent = send(here.repo, remote, [one for one in moves.values() if one], progress or Watching())
    refs = remote.view.refs
    steps = tuple(
        RefMove(name, refs[name].id if name in refs else None, new) for name, new in moves.items()
    )
    draft = Draft("push", "A", refs=steps, added=sent.packs, written_at=sent.written_at)
    remote.append(replace(draft, purged=tuple(sent.purged)))
    there.repo.refresh()
    return sent


def fetch(here, there, progress=None, **how):
    """Receive all branches of a replica and track them."""
    remote = there.remote
    refs = {name: ref.id for name, ref in remote.refresh().refs.items()}
    got = receive(here.repo, remote, list(refs.values()), progress or Watching(), **how)
    steps = []
    for name, new in refs.items():
        mine = f"remote/origin/{name.partition('/')[2]}"
        old = here.repo.view.refs.get(mine)
        if (old and old.id) != new:
            steps.append(RefMove(mine, old and old.id, new))
    draft = Draft("fetch", "A", refs=tuple(steps), added=got.packs, written_at=got.written_at)
    here.repo.append(replace(draft, purged=tuple(got.purged)))
    return got
