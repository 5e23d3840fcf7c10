"""Negotiation: for any history, and whatever the other side has, what arrives is what is reached."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.ids import blob_id
from contentvc.remotes.ancestry import Ancestry
from contentvc.snapshots.commit import Commit
from tests.remotes.replicas import Replica, fetch, push

PATHS = st.sampled_from([b"a", b"b", b"d/a", b"d/b", b"d/e/a", b"d/e/b", b"f/a"])
CONTENTS = st.sampled_from([b"content-%d." % n * 9 for n in range(12)])
SNAPSHOTS = st.dictionaries(PATHS, CONTENTS, max_size=6)


@st.composite
def histories(draw):
    """Snapshots, each with the positions of its parents, and a time that may be wrong."""
    count = draw(st.integers(1, 8))
    found = []
    for n in range(count):
        parents = draw(st.sets(st.integers(0, n - 1), max_size=2)) if n else set()
        found.append((draw(SNAPSHOTS), sorted(parents), draw(st.integers(0, 20))))
    return found


def made(replica, history, together):
    """The commits of a history, several in one pack where they are made together."""
    ids = []
    for files, parents, time in history:
        named = [ids[one] for one in parents]
        ids.append(replica.commit(files, named, f"m{len(ids)}", time=time))
    if together:  # blocks that hold objects of several commits
        replica.compact()
    return ids


def some(draw, ids, label):
    return draw(st.lists(st.sampled_from(ids), max_size=3), label=label)


@settings(max_examples=60)
@given(st.data(), histories(), st.booleans())
def test_a_push_brings_exactly_what_is_reached(data, history, together):
    here, there = Replica.new(1), Replica.new(2)
    ids = made(here, history, together)
    expected = set()
    for turn in range(data.draw(st.integers(1, 3), label="pushes")):
        wanted = some(data.draw, ids, "wanted")
        push(here, there, {f"branch/{turn}-{n}": one for n, one in enumerate(wanted)})
        expected |= here.reach(wanted)
        assert there.stored() == expected
    assert there.is_sound()
    raw = there.raw()
    for content in {content for files, _, _ in history for content in files.values()}:
        assert (content in raw) == (blob_id(content) in expected)


@settings(max_examples=60)
@given(st.data(), histories(), histories(), st.booleans())
def test_a_fetch_brings_exactly_what_is_reached(data, history, own, together):
    here, there = Replica.new(1), Replica.new(2)
    ids = made(there, history, together)
    mine = made(here, own, together=False)
    for n, one in enumerate(some(data.draw, mine, "own refs")):
        here.move(f"branch/own-{n}", one)
    expected = here.stored()
    for turn in range(data.draw(st.integers(1, 3), label="fetches")):
        for n, one in enumerate(some(data.draw, ids, "theirs")):
            there.move(f"branch/{turn}-{n}", one)
        named = [ref.id for ref in there.repo.view.refs.values()]
        fetch(here, there)
        expected |= there.reach(named)
        assert here.stored() == expected
    assert here.is_sound()


@settings(max_examples=40)
@given(st.data(), histories(), histories())
def test_two_that_push_and_fetch_end_up_with_the_same(data, left, right):
    one, two, hub = Replica.new(1), Replica.new(2), Replica.new(3)
    mine, yours = made(one, left, together=False), made(two, right, together=True)
    push(one, hub, {"branch/one": data.draw(st.sampled_from(mine))})
    fetch(two, hub)
    push(two, hub, {"branch/two": data.draw(st.sampled_from(yours))})
    fetch(one, hub)
    refs = [ref.id for ref in hub.repo.view.refs.values()]
    assert one.reach(refs) == two.reach(refs) == hub.reach(refs) == hub.stored()
    assert all(replica.is_sound() for replica in (one, two, hub))


LARGE = Random(4).randbytes(300_000)


@settings(max_examples=15)
@given(st.data(), st.booleans())
def test_versions_of_a_large_file_stand_on_each_other_wherever_they_are(data, is_push):
    """Each version is a delta of an earlier one; they move in any order, some of them never."""
    source, target = Replica.new(1), Replica.new(2)
    contents, commits = [LARGE], [source.commit({b"large": LARGE})]
    for n in range(1, data.draw(st.integers(2, 6), label="versions")):
        old = data.draw(st.integers(0, n - 1), label="edited")
        at = data.draw(st.integers(0, 300_000), label="where")
        contents.append(contents[old][:at] + b"edit %d" % n + contents[old][at:])
        follows = [commits[old]] if data.draw(st.booleans(), label="follows") else []
        before = {b"large": blob_id(contents[old])}
        commits.append(source.commit({b"large": contents[n]}, follows, f"{n}", old=before))
    expected = set()
    for turn in range(data.draw(st.integers(1, 4), label="turns")):
        commit = data.draw(st.sampled_from(commits), label="moves")
        if is_push:
            push(source, target, {f"branch/{turn}": commit})
        else:
            source.move(f"branch/{turn}", commit)
            fetch(target, source)
        expected |= source.reach([commit])
        assert target.stored() == expected
    assert target.is_sound()


class TestAncestry:
    def line(self, count):
        """Commits that follow each other, each a second after the one before."""
        ids = [bytes([n]) * 32 for n in range(count)]
        commits = {
            one: Commit(b"t" * 32, tuple(ids[n - 1 : n] if n else ()), "A", n, 0, "")
            for n, one in enumerate(ids)
        }
        return ids, commits

    def test_only_newer_commits_are_read(self):
        ids, commits = self.line(100)
        read = []
        ancestry = Ancestry([ids[99]], lambda one: read.append(one) or commits[one])
        assert ancestry.holds(ids[97], 97)
        assert not ancestry.holds(b"x" * 32, 97)
        assert set(read) <= set(ids[95:])

    def test_the_rest_is_everything(self):
        ids, commits = self.line(30)
        ancestry = Ancestry([ids[20]], commits.__getitem__)
        assert ancestry.rest() == set(ids[:21])
        assert not ancestry.holds(ids[21], 21)

    def test_without_tips_there_is_nothing(self):
        assert not Ancestry([], {}.__getitem__)
