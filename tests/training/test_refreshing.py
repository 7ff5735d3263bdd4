import pytest

from fabric_retrieval.training.refreshing import segments


@pytest.mark.parametrize(
    ("first", "last", "every", "expected"),
    [
        (0, 250, 0, [(0, 250, None)]),
        (0, 250, 100, [(0, 100, 0), (100, 200, 100), (200, 250, 200)]),
        (0, 200, 100, [(0, 100, 0), (100, 200, 100)]),
        (130, 250, 100, [(130, 200, 100), (200, 250, 200)]),
        (200, 250, 100, [(200, 250, 200)]),
        (30, 40, 100, [(30, 40, 0)]),
    ],
)
def test_segments_end_where_clusters_are_refreshed(first, last, every, expected):
    assert segments(first, last, every) == expected
