import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Damaged
from contentvc.snapshots.names import _PLAIN, check_names, unsafe_reason

IGNORED = [
    "\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u200b",
    "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2064", "\u2066",
    "\u206a", "\u206f", "\u3164", "\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff0",
    "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e0020", "\U000e0100", "\U000e01ef",
]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        b"", b".", b"..", b"a/b", b"/", b"a\0b", b"\0", b"x" * 256,
        b".contentvc", b".CONTENTVC", b".ContentVC", b".contentvc.", b".contentvc ",
        b".contentvc. . .", b".contentvc:", b".contentvc:stream", b".contentvc::$INDEX_ALLOCATION",
        b".contentvc . :x", b"CONTEN~1", b"conten~2", b"Conten~12", b"CO1A2B~1", b"coffff~9",
        b"conten~1 ", b"conten~1:x", "\uff0econtentvc".encode(), "\u2024contentvc".encode(),
        "\uff0e\uff23\uff2f\uff2e\uff34\uff25\uff2e\uff34\uff36\uff23".encode(), "\uff0econtent\u2174\u217d".encode(), ".contentvc\u00a0".encode(),
        ".\u24d2ontentvc".encode(),
    ],
)  # fmt: skip
def test_refused(name):
    assert unsafe_reason(name)
    with pytest.raises(Damaged) as caught:
        check_names([name])
    assert caught.value.code == "unsafe-name"


@pytest.mark.parametrize("ignored", IGNORED, ids=lambda one: f"{ord(one):04X}")
@pytest.mark.parametrize("position", [0, 1, 5, 10])
def test_what_a_file_system_ignores_does_not_hide_the_name(ignored, position):
    name = ".contentvc"[:position] + ignored + ".contentvc"[position:]
    assert unsafe_reason(name.encode())
    assert unsafe_reason(name.upper().encode())
    assert unsafe_reason((name + ignored + "." + ignored + " ").encode())


@pytest.mark.parametrize(
    "name",
    [
        b"a", b".gitignore", b".contentvcignore", b"contentvc", b"contentvc.toml", b"..contentvc",
        b"...", b"a.", b"a ", b" a", b"-a", b"a:b", b"a\\b", b"x" * 255, b"\xff\xfe", b"a\nb",
        "ü".encode(), "\u200b".encode(), b"content~1.txt~", b"README~1", b"a~", b"conten~", b"~1",
        b".contentvc-new", b"x.contentvc", b"con", b"aux", "日本語".encode(), b"\x7f",
    ],
)  # fmt: skip
def test_fine(name):
    assert unsafe_reason(name) is None
    check_names([name])


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_names_without_a_closer_look_are_those_that_pass_one(name):
    """The quick path must never let something through that the slow one refuses."""
    from contentvc.snapshots.names import _folds_to_own_folder

    if b"~" not in name:
        assert not _folds_to_own_folder(name)
        assert len(name) <= 255
        assert not {0, ord("/")} & set(name)
        assert name not in (b"", b".", b"..")


def spellings(draw):
    """The folder's name as a hostile hand might write it."""
    letters = [
        draw(st.sampled_from([letter, letter.upper(), chr(ord(letter) + 0xFEE0)]))
        for letter in ".contentvc"
    ]
    for _ in range(draw(st.integers(0, 4))):
        letters.insert(draw(st.integers(0, len(letters))), draw(st.sampled_from(IGNORED)))
    tail = draw(st.sampled_from(["", ".", " ", ". .", ":x", ".:x", " ::$DATA"]))
    return "".join(letters) + tail


@given(st.composite(spellings)())
def test_every_spelling_is_refused(name):
    assert unsafe_reason(name.encode())
