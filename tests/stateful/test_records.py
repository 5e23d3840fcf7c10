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
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from contentvc.actions.conflicts import list_conflicts
from contentvc.formats.contract import Side
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

    @rule(key=KEYS, field=FIELDS, word=WORDS)
    def edit(self, key: int, field: str, word: str) -> None:
        self.disk[key] = {**self.disk.get(key, {"id": key}), field: word}
        self._commit()

    @precondition(lambda self: len(self.disk) > 1)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        del self.disk[data.draw(st.sampled_from(sorted(self.disk)))]
        self._commit()

    @rule(name=st.sampled_from(BRANCHES))
    def switch(self, name: str) -> None:
        self.site.switch(name)
        self.branch, self.disk = name, dict(self.trees[self.tips[name]])

    @rule(name=st.sampled_from(BRANCHES), side=st.sampled_from((None, *Side)))
    def merge(self, name: str, side: Side | None) -> None:
        """With conflicts, one side decides each file, or they stay as they are."""
        ours, theirs = self.tips[self.branch], self.tips[name]
        bases = merge_bases(ours, theirs, self.site.repository().commit)
        if theirs in bases:
            return
        expected, clashes = merged(*(self.trees[one] for one in (bases[0], ours, theirs)))
        report = self.site.merge(name)
        if len(bases) > 1:
            event("a criss-cross merge")
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
            self._conclude(stopped=True, resolved=side)
            assert self.disk == (expected if side is None else self._as(side, bases[0], theirs))

    def _as(self, side: Side, base: bytes, theirs: bytes) -> Records:
        ours = self.tips_before
        return self.trees[{Side.BASE: base, Side.OURS: ours, Side.THEIRS: theirs}[side]]

    def _conclude(self, *, stopped: bool, resolved: Side | None = None) -> None:
        self.tips_before = self.tips[self.branch]
        if stopped:
            self.site.resolve(b"", side=resolved)
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
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
