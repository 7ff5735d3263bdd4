"""Threads: results in order, few items ahead, errors where their results would have come."""

import threading

import pytest

from fabric_retrieval.in_order import in_order


def test_results_come_in_the_order_of_the_items():
    second_is_done = threading.Event()

    def square(number):
        if number == 0:
            assert second_is_done.wait(10)  # so the second is computed at the same time, and ends before
        if number == 1:
            second_is_done.set()
        return number * number

    assert list(in_order(square, range(7))) == [0, 1, 4, 9, 16, 25, 36]


@pytest.mark.parametrize("at_once", [1, 3])
def test_few_items_are_taken_ahead(at_once):
    taken = []
    results = in_order(abs, (taken.append(number) or number for number in range(9)), at_once)
    for done in range(1, 9):
        next(results)
        assert len(taken) == min(9, done + at_once - 1)


def test_an_error_comes_in_the_place_of_its_result():
    started = []

    def function(number):
        started.append(number)
        if number == 2:
            raise ValueError("two")
        return number

    results = in_order(function, range(100))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
    assert len(started) <= 4


def test_no_items():
    assert list(in_order(abs, [])) == []
