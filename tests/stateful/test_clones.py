"""Three clones and a remote against a model: plain dictionaries of commits, refs and files.

Every edit is a file of its own, so nothing ever conflicts, and the files of a commit are those of
its parents together.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.servers.people import Person

EXAMPLES = int(os.environ.get("CONTENTVC_EXAMPLES", "8"))
CLONES = st.integers(0, 2)
MAIN = "main"


@dataclass(slots=True)
class Seen:
    """What a clone is expected to have."""

    branches: dict[str, str]
    tracking: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    branch: str = MAIN
    committed: bool = False
    """Whether its last command was a commit, which undo takes back."""


class Clones(RuleBasedStateMachine):
    """Everybody uses a remote that is the repository of one more working tree."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.server = Person(self.folder / "server").init()
        first = self.server.commit({b"first": b"first\n"})
        self.server.do("switch", "--create", "own")
        self.parents: dict[str, tuple[str, ...]] = {first: ()}
        self.trees: dict[str, frozenset[str]] = {first: frozenset({"first"})}
        self.remote = {MAIN: first, "own": first}
        self.remote_tags: dict[str, str] = {}
        self.number = 0
        names = ("ada", "bob", "eve")
        place = str(self.server.root)
        options = ("--branch", MAIN)
        self.people = [Person(self.folder / name).clone(place, *options) for name in names]
        self.seen = [Seen({MAIN: first}, dict(self.remote)) for _ in names]

    def teardown(self) -> None:
        if hasattr(self, "people"):
            self._all_agree()
            shutil.rmtree(self.folder)

    # What people do

    @rule(who=CLONES)
    def edit(self, who: int) -> None:
        seen, name = self.seen[who], self._name()
        head = seen.branches[seen.branch]
        new = self.people[who].commit({name.encode(): b"%s\n" % name.encode()}, name)
        self._learn(new, (head,), self.trees[head] | {name})
        seen.branches[seen.branch] = new
        seen.committed = True

    @precondition(lambda self: any(seen.committed for seen in self.seen))
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from([n for n, seen in enumerate(self.seen) if seen.committed]))
        person, seen = self.people[who], self.seen[who]
        person.do("undo")
        head = seen.branches[seen.branch]
        (parent,) = self.parents[head]
        for name in self.trees[head] - self.trees[parent]:
            (person.root / name).unlink(missing_ok=True)
        seen.branches[seen.branch] = parent
        seen.committed = False

    @rule(who=CLONES)
    def branch(self, who: int) -> None:
        seen, name = self.seen[who], f"branch-{self._name()}"
        self.people[who].do("switch", "--create", name)
        seen.branches[name] = seen.branches[seen.branch]
        seen.branch, seen.committed = name, False

    @rule(who=CLONES, data=st.data())
    def switch(self, who: int, data: st.DataObject) -> None:
        seen = self.seen[who]
        name = data.draw(st.sampled_from(sorted(seen.branches)))
        if name != seen.branch:
            self.people[who].do("switch", name)
            seen.branch, seen.committed = name, False

    @rule(who=CLONES)
    def tag(self, who: int) -> None:
        seen, name = self.seen[who], f"tag-{self._name()}"
        self.people[who].do("tag", name)
        seen.tags[name] = seen.branches[seen.branch]
        seen.committed = False

    @rule(who=CLONES)
    def fetch(self, who: int) -> None:
        self.people[who].do("fetch")
        self._fetched(who)

    @rule(who=CLONES)
    def pull(self, who: int) -> None:
        seen = self.seen[who]
        if seen.branch not in self.remote:
            return
        self.people[who].do("pull")
        self._fetched(who)
        self._integrated(who)

    @rule(who=CLONES)
    def push(self, who: int) -> None:
        seen = self.seen[who]
        ours, theirs = seen.branches[seen.branch], self.remote.get(seen.branch)
        ran = self.people[who].try_to("push")
        if theirs is not None and not self._reaches(ours, theirs):
            event("a push was refused")
            assert ran.code == 4, ran
            assert ran.json["error"]["code"] in {"not-fast-forward", "ref-moved"}
            seen.tracking = self._tracking(who)
            return
        assert ran.code == 0, ran
        self.remote[seen.branch] = seen.tracking[seen.branch] = ours
        seen.committed = False

    @rule(who=CLONES)
    def sync(self, who: int) -> None:
        seen = self.seen[who]
        self.people[who].do("sync")
        self._fetched(who)
        self._integrated(who)
        self.remote[seen.branch] = seen.tracking[seen.branch] = seen.branches[seen.branch]
        self.remote_tags |= seen.tags

    @rule(who=CLONES)
    def evict(self, who: int) -> None:
        self.people[who].do("evict")

    @rule(days=st.sampled_from(["0", "30"]))
    def compact_the_remote(self, days: str) -> None:
        self.server.do("compact", "--undo-window", f"{days} days")

    # What must hold

    @invariant()
    def every_clone_is_as_expected(self) -> None:
        for who, seen in enumerate(self.seen if hasattr(self, "seen") else ()):
            person = self.people[who]
            refs = person.refs()
            for kind, wanted in (("branch/", seen.branches), ("tag/", seen.tags)):
                assert dict(_below(kind, refs)) == wanted, person.name
            assert dict(_below("remote/origin/", refs)) == seen.tracking, person.name
            tree = self.trees[seen.branches[seen.branch]]
            assert {name.decode() for name in person.files()} == tree, person.name
            assert person.do("status")["clean"], person.name

    @invariant()
    def the_remote_is_as_expected(self) -> None:
        if hasattr(self, "server"):
            refs = self.server.refs()
            assert dict(_below("branch/", refs)) == self.remote
            assert dict(_below("tag/", refs)) == self.remote_tags

    def _all_agree(self) -> None:
        for who in (0, 1, 2, 0, 1):
            if self.seen[who].branch != MAIN:
                self.people[who].do("switch", MAIN)
                self.seen[who].branch = MAIN
            self.sync(who)
        self.every_clone_is_as_expected()
        heads = {seen.branches[MAIN] for seen in self.seen}
        assert heads == {self.remote[MAIN]}
        for person in (*self.people, self.server):
            person.check()

    # The model

    def _fetched(self, who: int) -> None:
        seen = self.seen[who]
        seen.tracking = {**seen.tracking, **self.remote}
        seen.tags = {**self.remote_tags, **seen.tags}
        seen.committed = False

    def _integrated(self, who: int) -> None:
        """The branch is now one of both, or a merge of them."""
        seen = self.seen[who]
        ours, theirs = seen.branches[seen.branch], self.remote.get(seen.branch)
        if theirs is None or self._reaches(ours, theirs):
            return
        if self._reaches(theirs, ours):
            seen.branches[seen.branch] = theirs
            return
        event("a merge")
        merged = self.people[who].refs()[f"branch/{seen.branch}"]
        assert merged not in (ours, theirs)
        self._learn(merged, (ours, theirs), self.trees[ours] | self.trees[theirs])
        seen.branches[seen.branch] = merged

    def _tracking(self, who: int) -> dict[str, str]:
        """As it is: a push that is refused may have looked."""
        refs = dict(_below("remote/origin/", self.people[who].refs()))
        for name, commit in refs.items():
            assert commit in {self.seen[who].tracking.get(name), self.remote.get(name)}
        return refs

    def _learn(self, commit: str, parents: tuple[str, ...], tree: frozenset[str]) -> None:
        self.parents[commit] = parents
        self.trees[commit] = tree

    def _reaches(self, commit: str, wanted: str) -> bool:
        todo, known = [commit], {commit}
        while todo:
            fresh = set(self.parents[todo.pop()]) - known
            known |= fresh
            todo += fresh
        return wanted in known

    def _name(self) -> str:
        self.number += 1
        return f"edit-{self.number}"


def _below(prefix: str, refs: dict[str, str]) -> Iterator[tuple[str, str]]:
    return (
        (name.removeprefix(prefix), commit)
        for name, commit in refs.items()
        if name.startswith(prefix)
    )


TestClones = Clones.TestCase
TestClones.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)
