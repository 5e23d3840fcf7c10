import os

import pytest

from contentvc import limits
from contentvc.ids import ObjectId
from contentvc.worktree.sound import Sound

A, B = ObjectId(b"a" * 32), ObjectId(b"b" * 32)


@pytest.fixture
def path(tmp_path):
    return os.fsencode(tmp_path / "sound")


def noted(path, *contents):
    sound = Sound(path)
    for one in contents:
        sound.add(b"asked", one)
    sound.keep()


def test_what_was_asked_and_of_what_count(path):
    noted(path, A)
    sound = Sound(path)
    assert sound.has(b"asked", A)
    assert not sound.has(b"asked", B)
    assert not sound.has(b"asked for more", A)


def test_several_commands_add_to_it(path):
    first, second = Sound(path), Sound(path)
    assert not first.has(b"asked", A)
    assert not second.has(b"asked", A)
    first.add(b"asked", A)
    second.add(b"asked", B)
    first.keep()
    second.keep()
    assert Sound(path).has(b"asked", A)
    assert Sound(path).has(b"asked", B)


def test_nothing_is_written_where_nothing_is_new(path):
    noted(path)
    assert not os.path.exists(path)


def test_it_has_a_limit(path, monkeypatch):
    monkeypatch.setattr(limits, "SOUND_MARKS", 1)
    noted(path, A)
    noted(path, B)
    assert [Sound(path).has(b"asked", one) for one in (A, B)] == [False, True]
    noted(path, ObjectId(b"c" * 32), ObjectId(b"d" * 32))
    assert os.path.getsize(path) == 32
    with open(path, "ab") as file:
        file.write(bytes(16))
    assert not Sound(path).has(b"asked", B)


def test_a_folder_nobody_may_write_to(tmp_path):
    noted(os.fsencode(tmp_path / "gone/sound"), A)
    assert not Sound(os.fsencode(tmp_path / "gone/sound")).has(b"asked", A)
