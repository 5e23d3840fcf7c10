"""What every Storage must do: subclass `StorageContract` and give a `make` fixture."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.storage.contract import AlreadyExists, NotFound, Storage
from contentvc.storage.probe import check_exclusive

Make = Callable[[], Storage]

_RACERS = 8
_NAMES = st.sampled_from(
    ["a", "ab", "a-b", "a.b", "b/a", "b/ab", "b/c/a", "b-c", "b.c", "operations/1", "operations-1"]
)
_PREFIXES = st.sampled_from(["", "a", "b", "b/", "b/a", "b/c", "b/c/", "operations/", "z", "b-"])
_STEP = st.one_of(
    st.tuples(st.sampled_from(["write", "create", "upload"]), _NAMES, st.binary(max_size=20)),
    st.tuples(st.just("delete"), _NAMES),
    st.tuples(st.just("read"), _NAMES),
    st.tuples(st.just("range"), _NAMES, st.integers(0, 25), st.integers(0, 25)),
    st.tuples(st.just("list"), _PREFIXES, st.none() | _NAMES),
)


def at_once(count: int, work: Callable[[int], None]) -> None:
    """Run `work` with the numbers below `count` in threads that start together."""
    ready, failures = Barrier(count), []

    def run(number: int) -> None:
        ready.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again by the first thread
            failures.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class StorageContract:
    """The suite. Subclasses define the fixture `make`, which gives a new, empty storage each."""

    races = 20
    """Rounds in which creators race; a storage whose server settles one by waiting sets fewer."""

    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError

    @pytest.fixture
    def storage(self, make: Make) -> Storage:
        return make()

    def test_what_was_stored_is_read(self, storage):
        storage.write("view", b"1")
        storage.create("operations/1", b"22")
        storage.upload("packs/x", iter([b"3", b"", b"33"]))
        assert storage.read("view") == b"1"
        assert storage.read("operations/1") == b"22"
        assert storage.read("packs/x") == b"333"

    @pytest.mark.parametrize("name", ["missing", "folder", "folder/missing", "folder/name/below"])
    def test_what_is_not_there_is_not_found(self, storage, name):
        storage.write("folder/name", b"x")
        with pytest.raises(NotFound):
            storage.read(name)
        with pytest.raises(NotFound):
            storage.read(name, (0, 1))

    def test_empty_content(self, storage):
        storage.write("a", b"")
        storage.create("b", b"")
        storage.upload("c", [])
        assert [storage.read(name) for name in "abc"] == [b"", b"", b""]
        assert storage.read("a", (0, 10)) == b""
        assert list(storage.list("")) == ["a", "b", "c"]

    def test_write_replaces(self, storage):
        storage.write("view", b"the old and longer bytes")
        storage.write("view", b"new")
        assert storage.read("view") == b"new"

    def test_create_keeps_what_is_there(self, storage):
        storage.create("operations/1", b"first")
        with pytest.raises(AlreadyExists):
            storage.create("operations/1", b"second")
        with pytest.raises(AlreadyExists):
            storage.create("operations/1", b"first")
        with pytest.raises(AlreadyExists):
            storage.upload("operations/1", [b"third"])
        assert storage.read("operations/1") == b"first"

    def test_an_emptied_name_still_blocks_create(self, storage):
        storage.create("operations/1", b"first")
        storage.write("operations/1", b"")
        with pytest.raises(AlreadyExists):
            storage.create("operations/1", b"second")
        assert storage.read("operations/1") == b""

    @pytest.mark.parametrize(
        ("span", "expected"),
        [
            ((0, 3), b"012"),
            ((3, 7), b"3456"),
            ((7, 100), b"789"),
            ((0, 1 << 62), b"0123456789"),
            ((10, 20), b""),
            ((50, 60), b""),
            ((4, 4), b""),
            ((6, 2), b""),
        ],
    )
    def test_ranges(self, storage, span, expected):
        storage.create("packs/x", b"0123456789")
        assert storage.read("packs/x", span) == expected

    def test_large_content(self, storage):
        parts = [bytes([number]) * (1 << 20) for number in range(9)]
        storage.upload("packs/x", parts)
        assert storage.read("packs/x") == b"".join(parts)
        assert storage.read("packs/x", ((3 << 20) - 1, (3 << 20) + 1)) == b"\2\3"

    def test_delete_may_be_repeated(self, storage):
        storage.create("packs/x", b"x")
        for name in ("packs/x", "packs/x", "never/was", "packs", "packs/x/below"):
            storage.delete(name)
        with pytest.raises(NotFound):
            storage.read("packs/x")
        storage.create("packs/x", b"y")
        assert storage.read("packs/x") == b"y"

    def test_names_are_listed_in_order(self, storage):
        names = ["a/b/c", "a-b", "a.b", "a/b", "a/bb", "a0", "a/b.c", "ab", "view", "a/c/d/e"]
        names.remove("a/b")  # a name is not also a folder
        for name in names:
            storage.create(name, b"")
        assert list(storage.list("")) == sorted(names)
        assert list(storage.list("a")) == sorted(set(names) - {"view"})
        assert list(storage.list("a/")) == ["a/b.c", "a/b/c", "a/bb", "a/c/d/e"]
        assert list(storage.list("a/b")) == ["a/b.c", "a/b/c", "a/bb"]
        assert list(storage.list("a/b/c")) == ["a/b/c"]
        assert list(storage.list("nothing/")) == []
        assert list(storage.list("view/")) == []

    def test_listing_goes_on_after_a_name(self, storage):
        names = sorted([f"operations/{number:020d}" for number in range(25)] + ["a", "z", "op"])
        for name in names:
            storage.create(name, b"")
        for after in [*names, "", "operations", "operations/", "operations/00", "zz"]:
            assert list(storage.list("", after)) == [name for name in names if name > after]
            assert list(storage.list("operations/", after)) == [
                name for name in names if name > after and name.startswith("operations/")
            ]

    def test_stamps_come_with_the_names_of_a_list(self, storage):
        names = ["operations/1", "operations/2", "operations/20", "packs/x", "view"]
        for name in names:
            storage.create(name, name.encode())
        for prefix in ("", "operations/", "operations/2", "o", "view", "z"):
            for after in (None, "", "operations/1", "operations/2", "p", "view"):
                stamps = list(storage.stamps(prefix, after))
                assert [name for name, _ in stamps] == list(storage.list(prefix, after))
                assert all(stamp for _, stamp in stamps)

    @pytest.mark.parametrize("verb", ["create", "upload"])
    def test_a_stamp_stays_until_the_bytes_change(self, storage, verb):
        storage.write("operations/2", b"another")
        if verb == "create":
            storage.create("operations/1", b"first")
        else:
            storage.upload("operations/1", [b"fir", b"st"])
        first = dict(storage.stamps("operations/"))
        storage.write("view", b"1")
        assert storage.read("operations/1") == b"first"
        assert dict(storage.stamps("operations/")) == first
        storage.write("operations/1", b"other")  # as long as before
        second = dict(storage.stamps("operations/"))
        storage.write("operations/1", b"")
        third = dict(storage.stamps("operations/"))
        assert len({stamps["operations/1"] for stamps in (first, second, third)}) == 3
        assert second["operations/2"] == third["operations/2"] == first["operations/2"]

    def test_an_empty_storage_lists_nothing(self, storage):
        assert list(storage.list("")) == []
        assert list(storage.stamps("")) == []
        assert list(storage.list("operations/")) == []

    def test_an_upload_that_breaks_off_leaves_nothing(self, storage):
        def parts() -> Iterator[bytes]:
            yield b"x" * 100_000
            assert list(storage.list("")) == []
            raise KeyError("the source failed")

        with pytest.raises(KeyError, match="the source failed"):
            storage.upload("packs/x", parts())
        assert list(storage.list("")) == []
        with pytest.raises(NotFound):
            storage.read("packs/x")
        storage.upload("packs/x", [b"whole"])
        assert storage.read("packs/x") == b"whole"

    def test_an_upload_is_seen_when_it_is_complete(self, storage):
        seen = []

        def parts() -> Iterator[bytes]:
            yield b"1"
            seen.extend(storage.list(""))
            yield b"2"
            with pytest.raises(NotFound):
                storage.read("packs/x")

        storage.upload("packs/x", parts())
        assert seen == []
        assert storage.read("packs/x") == b"12"

    @pytest.mark.parametrize("verb", ["create", "upload"])
    def test_one_of_racing_creators_wins(self, storage, verb):
        for number in range(self.races):
            name, won = f"operations/{number}", []

            def race(racer: int, name=name, won=won) -> None:
                content = bytes([racer]) * 1000
                try:
                    if verb == "create":
                        storage.create(name, content)
                    else:
                        storage.upload(name, [content[:500], content[500:]])
                except AlreadyExists:
                    # Who lost can read what won, whole.
                    assert len(set(storage.read(name))) == 1
                    assert len(storage.read(name)) == 1000
                else:
                    won.append(racer)

            at_once(_RACERS, race)
            assert len(won) == 1
            assert storage.read(name) == bytes([won[0]]) * 1000
        assert len(list(storage.list(""))) == self.races

    def test_readers_see_the_old_or_the_new_bytes(self, storage):
        storage.write("view", b"\0" * 50_000)

        def work(number: int) -> None:
            for turn in range(60):
                if number == 0:
                    storage.write("view", bytes([turn]) * (50_000 + turn))
                    continue
                content = storage.read("view")
                assert content == content[:1] * (50_000 + content[0])

        at_once(4, work)
        assert storage.read("view") == bytes([59]) * 50_059
        assert list(storage.list("")) == ["view"]

    def test_it_passes_the_probe(self, storage):
        numbers = iter(range(1, 100))
        check_exclusive(storage, lambda count: bytes([next(numbers)]) * count)
        assert list(storage.list("")) == []

    def test_it_behaves_like_a_dict(self, make):
        # The property is a function of its own because the suite runs in several classes.
        @settings(max_examples=60)
        @given(steps=st.lists(_STEP, max_size=30))
        def behaves(steps):
            storage, model = make(), {}
            for step in steps:
                _check_step(storage, model, step)
            assert {name: storage.read(name) for name in storage.list("")} == model

        behaves()


def _check_step(storage: Storage, model: dict[str, bytes], step: tuple) -> None:
    match step:
        case ("write", name, content):
            storage.write(name, content)
            model[name] = content
        case ("create" | "upload" as verb, name, content):
            given_content = content if verb == "create" else [content[:7], content[7:]]
            if verb == "upload" and model.get(name) == content:
                with suppress(AlreadyExists):
                    storage.upload(name, given_content)
            elif name in model:
                with pytest.raises(AlreadyExists):
                    getattr(storage, verb)(name, given_content)
            else:
                getattr(storage, verb)(name, given_content)
                model[name] = content
        case ("delete", name):
            storage.delete(name)
            model.pop(name, None)
        case ("list", prefix, after):
            expected = [n for n in model if n.startswith(prefix) and n > (after or "")]
            assert list(storage.list(prefix, after)) == sorted(expected)
        case (_, name, *span):
            _check_read(storage, model, name, tuple(span) or None)


def _check_read(storage: Storage, model: dict[str, bytes], name: str, span) -> None:
    if name not in model:
        with pytest.raises(NotFound):
            storage.read(name, span)
    else:
        expected = model[name] if span is None else model[name][span[0] : span[1]]
        assert storage.read(name, span) == expected
