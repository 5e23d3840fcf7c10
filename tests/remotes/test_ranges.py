"""Work in threads, in order, with only so much under way."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from contentvc.limits import MIB
from contentvc.remotes.ranges import in_order


@pytest.fixture
def threads():
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_results_come_in_order(threads):
    assert list(in_order(range(100), lambda _: 1, str, threads, 8)) == [str(n) for n in range(100)]


@pytest.mark.parametrize(
    ("size", "at_once", "most"), [(1, 4, 4), (16 * MIB, 8, 2), (99 * MIB, 8, 1)]
)
def test_only_so_much_is_begun_before_it_is_asked_for(threads, size, at_once, most):
    begun = []
    results = in_order(range(100), lambda _: size, begun.append, threads, at_once)
    for given in range(1, 20):
        next(results)
        assert len(begun) <= given + most
    results.close()


def test_an_error_comes_where_its_result_would(threads):
    results = in_order([1, 2, 0, 4], lambda _: 1, lambda n: 1 // n, threads, 2)
    assert [next(results), next(results)] == [1, 0]
    with pytest.raises(ZeroDivisionError):
        next(results)
