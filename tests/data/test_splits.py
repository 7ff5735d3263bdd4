import random

import pytest

from fabric_retrieval.data.splits import hashed_share, split_fabrics, split_queries

FABRICS = [f"fabric {i}" for i in range(200)]


# round(2/5 n), at least one image on each side; worked out by hand.
@pytest.mark.parametrize(
    ("images", "queries"),
    [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2), (7, 3), (8, 3), (9, 4), (10, 4)],
)
def test_two_fifths_are_queries(images, queries):
    ids = [f"a/{i}.jpg" for i in range(images)]
    chosen, gallery = split_queries(ids, seed=3)
    assert len(chosen) == queries
    assert sorted(chosen + gallery) == sorted(ids)


@pytest.mark.parametrize(("fabrics", "train"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (4300, 2150)])
def test_half_of_the_fabrics_train(fabrics, train):
    names = [str(i) for i in range(fabrics)]
    chosen, test = split_fabrics(names, seed=0)
    assert len(chosen) == train
    assert sorted(chosen + test) == sorted(names)


def test_order_of_the_ids_does_not_matter():
    shuffled = random.Random(1).sample(FABRICS, len(FABRICS))
    assert split_fabrics(shuffled, 5) == split_fabrics(FABRICS, 5)
    assert split_queries(shuffled, 5) == split_queries(FABRICS, 5)


def test_seeds_and_salts_choose_independently():
    def chosen(seed, salt):
        return set(hashed_share(FABRICS, 0.5, seed, salt)[0])

    # Two independent halves of 200 share 50 names on average, with a standard deviation of 3.5.
    for other in (chosen(1, "a"), chosen(0, "b")):
        assert 35 < len(chosen(0, "a") & other) < 65


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.1, 1), (0.25, 3), (1, 10)])
def test_halves_of_an_id_are_rounded_up(share, count):
    assert len(hashed_share(FABRICS[:10], share, 0, "")[0]) == count


def test_known_split():
    """Guards prepared collections and published figures: this split must never change."""
    # By `printf '0\\0fabrics\\0ash' | sha256sum` and so on: ash 3f, birch 4e, elm e9, cedar f7.
    assert split_fabrics(["ash", "birch", "cedar", "elm"], 0) == (["ash", "birch"], ["cedar", "elm"])
    # Likewise '7\\0queries\\0a/1.jpg': 1 is 67, 3 a6, 2 a7, 4 c0, 5 c7.
    images = [f"a/{i}.jpg" for i in (1, 2, 3, 4, 5)]
    assert split_queries(images, 7) == (["a/1.jpg", "a/3.jpg"], ["a/2.jpg", "a/4.jpg", "a/5.jpg"])


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_is_part_of_a_whole(share):
    with pytest.raises(ValueError, match=rf"from 0 to 1, not {share}"):
        hashed_share(FABRICS, share, 0, "")


def test_ids_that_occur_twice_are_named():
    with pytest.raises(ValueError, match=r"occur more than once: b"):
        split_fabrics(["a", "b", "b"], 0)
