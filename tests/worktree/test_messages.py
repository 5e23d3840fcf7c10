"""Messages between a process and its children arrive whole, and so do errors."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Damaged
from contentvc.worktree.messages import failure, raise_failure, receive, send, widen

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.binary() | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.binary(), inner),
)


@given(st.lists(values, max_size=5))
def test_round_trip(some):
    reader, writer = os.pipe()
    widen(writer)
    for value in some:
        send(writer, value)
        assert receive(reader) == value
    os.close(writer)
    with pytest.raises(EOFError):
        receive(reader)
    os.close(reader)


def test_more_than_a_pipe_holds():
    reader, writer = os.pipe()
    value = os.urandom(5_000_000)
    thread = threading.Thread(target=send, args=(writer, value))
    thread.start()
    assert receive(reader) == value
    thread.join()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        send(writer, value)
    os.close(writer)


def test_cut_off():
    reader, writer = os.pipe()
    os.write(writer, (100).to_bytes(8, "little") + b"only this")
    os.close(writer)
    with pytest.raises(EOFError):
        receive(reader)
    os.close(reader)


def test_an_error_keeps_all_it_says():
    error = Damaged("damaged", "message", "hint", path="p", paths=["a"])
    with pytest.raises(Damaged) as caught:
        raise_failure(failure(error))
    assert caught.value.__dict__.items() >= error.__dict__.items()
    assert caught.value.__notes__
