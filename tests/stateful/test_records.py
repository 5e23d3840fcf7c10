"""A machine that edits records on branches and merges them, beside a model of dictionaries.

The model merges record by record and field by field. Edits of different records never conflict and
both are there; what both changed differently is named item by item, and ours stays in place.
"""

import json
import os
import shutil
import tempfile

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from contentvc.actions.conflicts import list_conflicts
from contentvc.formats.contract import Side
from contentvc.formats.records.weaving import both_moved
from contentvc.history.graph import merge_bases
from tests.actions.site import Site

SETS = b'[sets.cases]\npaths = ["cases.jsonl"]\nkey = "id"\n'
FILE = b"cases.jsonl"
KEYS = st.integers(1, 9)
FIELDS = st.sampled_from(("answer", "note"))
WORDS = st.sampled_from(("a", "b", "c"))
BRANCHES = ("main", "one", "two")

Record = dict[str, object]
Records = dict[int, Record]


def written(records: Records) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records.values())


def read(content: bytes) -> Records:
    rows = [json.loads(line) for line in content.splitlines()]
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows)
    return found


def merged(base: Records, ours: Records, theirs: Records) -> tuple[Records, set[str]]:
    """What is in the file, with ours where both changed the same, and what that is."""
    made: Records = {}
    clashes: set[str] = set()
    for key in {**ours, **theirs}:
        before, a, b = base.get(key), ours.get(key), theirs.get(key)
        if a in (b, before):
            one = b
        elif b == before:
            one = a
        elif a is None or b is None:
            clashes.add(f"[id={key}]")
            one = a
        else:
            one = _fields(key, before or {}, a, b, clashes, is_new=before is None)
        if one is not None:
            made[key] = one
    return made, clashes


def _fields(
    key: int, base: Record, ours: Record, theirs: Record, clashes: set[str], *, is_new: bool
) -> Record:
    if is_new:
        clashes.add(f"[id={key}]")
        return ours
    made: Record = {}
    for name in {**ours, **theirs}:
        before, a, b = base.get(name), ours.get(name), theirs.get(name)
        if a not in (b, before) and b != before:
            clashes.add(f"[id={key}]/{name}")
        one = b if a in (b, before) else a
        if one is not None:
            made[name] = one
    return made


def _key(clash: str) -> int:
    return int(clash.split("/", maxsplit=1)[0].removeprefix("[id=").removesuffix("]"))


def _decide(records: Records, clash: str, version: Records) -> None:
    """One clash is as a version has it, and nothing else changes."""
    key, _, field = clash.partition("/")
    one = version.get(_key(key))
    if not field and one is None:
        records.pop(_key(key), None)
    elif not field and one is not None:
        records[_key(key)] = one
    elif one is None or field not in one:
        records[_key(key)] = {n: v for n, v in records[_key(key)].items() if n != field}
    else:
        records[_key(key)] = {**records[_key(key)], field: one[field]}


class Editing(RuleBasedStateMachine):
    """Edits, commits and merges in any order, on three branches."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm"  # noqa: S108 - a new folder is made in it
        self.folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
        self.site = Site(os.path.join(self.folder, "site"))
        self.branch = "main"
        self.disk: Records = {}
        self.tips: dict[str, bytes] = {}
        self.trees: dict[bytes, Records] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(first=st.dictionaries(KEYS, WORDS, min_size=1, max_size=6))
    def begin(self, first: dict[int, str]) -> None:
        """A key that is declared, and three branches from the same records."""
        self.disk = {key: {"id": key, "answer": word} for key, word in first.items()}
        self.site.init().write({b"contentvc.toml": SETS})
        self._commit()
        for name in BRANCHES[1:]:
            self.site.switch(name, create=True)
            self.tips[name] = self.tips["main"]
        self.site.switch("main")

    @rule(
        name=st.sampled_from(BRANCHES),
        edits=st.dictionaries(st.tuples(KEYS, FIELDS), WORDS, min_size=1, max_size=3),
        gone=st.frozensets(KEYS, max_size=2),
    )
    def edit(self, name: str, edits: dict[tuple[int, str], str], gone: frozenset[int]) -> None:
        self._switch(name)
        for (key, field), word in edits.items():
            self.disk[key] = {**self.disk.get(key, {"id": key}), field: word}
        kept = {key: one for key, one in self.disk.items() if key not in gone}
        self.disk = kept or self.disk
        self._commit()

    def _switch(self, name: str) -> None:
        if name != self.branch:
            self.site.switch(name)
        self.branch, self.disk = name, dict(self.trees[self.tips[name]])

    @rule(
        into=st.sampled_from(BRANCHES),
        name=st.sampled_from(BRANCHES),
        side=st.sampled_from((None, *Side)),
        items=st.frozensets(KEYS),
    )
    def merge(self, into: str, name: str, side: Side | None, items: frozenset[int]) -> None:
        """What clashes is decided by a side: some records one by one, the rest as a whole."""
        self._switch(into)
        ours, theirs = self.tips[self.branch], self.tips[name]
        bases = merge_bases(ours, theirs, self.site.repository().commit)
        if theirs in bases:
            return
        expected, clashes = merged(*(self.trees[one] for one in (bases[0], ours, theirs)))
        report = self.site.merge(name)
        orders = [list(self.trees[one]) for one in (bases[0], ours, theirs)]
        if len(bases) > 1 or both_moved(*orders):
            event("a criss-cross merge, or two orders: lines may decide")
            self._conclude(stopped=bool(report.conflicts), resolved=Side.OURS)
        elif ours in bases or not clashes:
            event("a merge without conflicts")
            assert not report.conflicts
            self._conclude(stopped=False)
            assert self.disk == expected
        else:
            event("a merge with conflicts")
            (conflict,) = list_conflicts(self.site.context()).conflicts
            assert {one.item for one in conflict.items} == clashes
            assert read(self.site.files()[FILE]) == expected
            wanted = sorted(one for one in clashes if _key(one) in items and side is not None)
            version = self.trees[{Side.BASE: bases[0], Side.THEIRS: theirs}.get(side, ours)]
            if wanted:
                event("items were decided one by one")
                self.site.resolve_items(FILE, *wanted, side=side)
                for one in wanted:
                    _decide(expected, one, version)
            self._conclude(stopped=len(wanted) < len(clashes))
            assert self.disk == expected

    def _conclude(self, *, stopped: bool, resolved: Side | None = None) -> None:
        if stopped:
            self.site.resolve(b"", side=resolved)
        if self.site.status().merging is not None:
            self.site.commit(None, allow_empty=True)
        self.disk = read(self.site.files()[FILE])
        self._keep()

    def _commit(self) -> None:
        self.site.write({FILE: written(self.disk)})
        if not self.site.status().clean:
            self.site.commit("edited")
        self._keep()

    def _keep(self) -> None:
        tip = self.site.context().head.commit
        assert tip is not None
        self.tips[self.branch] = tip
        self.trees[tip] = dict(self.disk)
        assert read(self.site.at("HEAD")[FILE]) == self.disk


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=50,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
