"""Hashed: only the very bytes that were hashed are taken for an object without hashing them."""

from contentvc import limits
from contentvc.ids import Kind, blob_id, keyed_id
from contentvc.objects.hashed import Hashed


def test_other_bytes_are_hashed_again_and_refused():
    hashed, content = Hashed(), b"a" * limits.CHUNK_AVERAGE
    identifier = blob_id(content)
    assert hashed.fits(Kind.RAW, identifier, content)
    assert hashed.fits(Kind.RAW, identifier, content)
    assert not hashed.fits(Kind.RAW, identifier, content[:-1] + b"b")
    assert not hashed.fits(Kind.TREE, identifier, content)
    assert hashed.fits(Kind.RAW, identifier, bytes(bytearray(content)))


def test_a_kind_is_part_of_what_was_hashed():
    hashed, content = Hashed(), b"a" * limits.CHUNK_AVERAGE
    assert hashed.fits(Kind.TREE, keyed_id(Kind.TREE, content), content)
    assert not hashed.fits(Kind.RAW, keyed_id(Kind.TREE, content), content)


def test_few_chunks_are_kept():
    hashed = Hashed()
    for number in range(100):
        content = number.to_bytes(4, "big") * (limits.CHUNK_AVERAGE // 4)
        assert hashed.fits(Kind.RAW, blob_id(content), content)
    assert len(hashed._last) == 32
