import functools

import numpy as np
import pytest

from fabric_retrieval.data.collection import Collection
from fabric_retrieval.data.preprocessing import centre_crop
from fabric_retrieval.training.validation import hold_out, make_embed, validate

FABRICS = np.repeat([f"cloth {i}" for i in range(20)], 5)
IMAGES = Collection(
    np.random.default_rng(0).integers(0, 256, (100, 8, 8, 3), np.uint8),
    FABRICS,
    np.array([f"{i:03d}" for i in range(100)]),
    np.full(100, ""),
)


def test_holds_out_a_share_of_the_fabrics_whole():
    rows, validation = hold_out(IMAGES, 0.25, seed=0)
    held = set(validation.images.fabrics)
    assert len(held) == 5
    assert held.isdisjoint(FABRICS[rows])
    assert len(rows) == 75
    assert sorted([*IMAGES.image_ids[rows], *validation.images.image_ids]) == list(IMAGES.image_ids)
    for fabric in held:
        assert validation.is_query[validation.images.fabrics == fabric].sum() == 2  # 2/5 of five


def test_does_not_depend_on_the_order_of_the_images():
    order = np.random.default_rng(1).permutation(100)
    _, one = hold_out(IMAGES, 0.25, seed=0)
    _, two = hold_out(IMAGES.subset(order), 0.25, seed=0)
    assert set(one.images.image_ids[one.is_query]) == set(two.images.image_ids[two.is_query])


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_one_fabric_or_none_is_no_validation(share):
    rows, validation = hold_out(IMAGES, share, seed=0)
    assert validation is None
    np.testing.assert_array_equal(rows, np.arange(100))


def test_measures_of_a_perfect_embedding():
    _, validation = hold_out(IMAGES, 0.25, seed=0)
    known = {fabric: number for number, fabric in enumerate(np.unique(FABRICS))}
    features = np.eye(20)[[known[fabric] for fabric in validation.images.fabrics]]
    assert validate(validation, lambda pixels: features) == {
        "map": 1.0,
        "recall@1": pytest.approx(1 / 3),
        "recall@16": 1.0,
        "hit_rate@1": 1.0,
        "spread": pytest.approx(1 - 1 / 5),
    }


def test_spread_of_a_collapsed_embedding_is_zero():
    _, validation = hold_out(IMAGES, 0.25, seed=0)
    for value in (0.0, 3.0):
        assert validate(validation, lambda pixels, v=value: np.full((len(pixels), 4), v))["spread"] == 0.0


def test_fabrics_of_one_group_each_cannot_validate():
    grouped = IMAGES._replace(groups=FABRICS)
    rows, validation = hold_out(grouped, 0.25, seed=0)
    assert validation is None
    assert len(rows) == 100


def test_embeds_centre_crops_in_batches():
    def network(images, training):
        assert not training
        return images[:, 0, 0]

    embed = make_embed(network, functools.partial(centre_crop, crop=4))
    np.testing.assert_array_equal(embed(IMAGES.pixels), IMAGES.pixels[:, 2, 2])
