"""Shuffled epochs as a specification: every image once an epoch, whatever the batch."""

import numpy as np

from fabric_retrieval.data.shuffled import shuffled_batch
from fabric_retrieval.data.units import FabricIndex

INDEX = FabricIndex(np.arange(30) % 4)


def images_of(batches, images, seed=0, index=INDEX):
    return np.concatenate([shuffled_batch(index, seed, number, images).rows for number in range(batches)])


def test_every_image_once_an_epoch_also_where_batches_straddle_epochs():
    drawn = images_of(30, images=7)  # 210 images: seven epochs of 30, of which 7 is no divisor
    for epoch in drawn.reshape(7, 30):
        np.testing.assert_array_equal(np.sort(epoch), np.arange(30))


def test_epochs_differ_in_order():
    first, second, third = images_of(9, images=10).reshape(3, 30)
    assert (first != second).any()
    assert (second != third).any()
    assert (first != np.arange(30)).any()


def test_the_row_of_images_does_not_depend_on_the_batch_size():
    np.testing.assert_array_equal(images_of(30, images=7), images_of(14, images=15))


def test_a_batch_larger_than_the_collection_holds_whole_epochs():
    rows = shuffled_batch(INDEX, 0, 0, images=80).rows
    assert rows.shape == (80,)
    np.testing.assert_array_equal(np.sort(rows[:30]), np.arange(30))
    np.testing.assert_array_equal(np.sort(rows[30:60]), np.arange(30))


def test_units_are_positions_for_pictures():
    units = shuffled_batch(INDEX, 0, 3, images=8).units
    assert units.dtype == np.int32
    np.testing.assert_array_equal(units, np.arange(8)[:, None])


def test_a_batch_depends_on_seed_and_number_alone():
    forwards = [shuffled_batch(INDEX, 0, number, 8).rows for number in range(6)]
    backwards = [shuffled_batch(FabricIndex(np.arange(30) % 4), 0, n, 8).rows for n in reversed(range(6))]
    np.testing.assert_array_equal(forwards, backwards[::-1])
    assert (shuffled_batch(INDEX, 1, 0, 8).rows != forwards[0]).any()
