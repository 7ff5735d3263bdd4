import numpy as np
import pytest
import tensorflow as tf

from fabric_retrieval.training.dividing import divided, joined, shares

ROWS = np.arange(10, dtype=np.float32).reshape(5, 2)


def test_what_does_not_divide_is_filled_with_zeros():
    np.testing.assert_array_equal(divided(ROWS, 3), [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8, 9], [0, 0]]])
    np.testing.assert_array_equal(divided(ROWS[:4], 2), [ROWS[:2], ROWS[2:4]])


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 7])
def test_parts_are_joined_again(parts):
    np.testing.assert_array_equal(joined(divided(ROWS, parts), 5), ROWS)


def test_a_replica_has_its_share_of_the_images_and_all_else():
    batch = {"images": tf.constant(ROWS), "units": tf.constant([[0, 4, 2]])}
    one, two = shares(batch, replicas=[1, 2], of=3).as_numpy_iterator()
    np.testing.assert_array_equal(one["images"], ROWS[2:4])
    np.testing.assert_array_equal(two["images"], [ROWS[4], [0, 0]])
    for share in (one, two):
        np.testing.assert_array_equal(share["units"], [[0, 4, 2]])
