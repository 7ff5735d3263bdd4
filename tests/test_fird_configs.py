"""The drawn collections as listings; nothing is drawn."""

import itertools
from collections import Counter

import pytest

from fabric_retrieval.rendering.collection import COLLECTIONS, Collection
from fabric_retrieval.rendering.families import family_of
from fird import Builder
from fird.drawn_splits import drawn_splits


def per_fabric(ids):
    return Counter(fabric for fabric, _ in ids)


def test_every_collection_is_a_config():
    configured = {name for name in Builder.builder_configs if name != "photos"}
    assert configured == COLLECTIONS.keys()


def test_rendered_has_the_size_and_the_splits_of_the_paper():
    splits = drawn_splits(COLLECTIONS["rendered"])
    counts = {split: per_fabric(ids) for split, ids in splits.items()}
    assert 24_000 < sum(map(len, splits.values())) < 26_000
    assert {split: len(count) for split, count in counts.items()} == dict.fromkeys(
        ("train", "query", "gallery"), 2150
    )
    assert not counts["train"].keys() & counts["query"].keys()
    assert counts["query"].keys() == counts["gallery"].keys()
    assert set(counts["train"].values()) == {5, 6, 7, 8, 9, 10}
    for fabric, queries in counts["query"].items():
        assert queries == round(2 / 5 * (queries + counts["gallery"][fabric]))


def test_distractors_are_100_000_fabrics_of_one_photograph():
    ((name, ids),) = drawn_splits(COLLECTIONS["distractors"]).items()
    assert name == "distractors"
    assert ids.keys() == {(fabric, 0) for fabric in range(100_000)}


def test_pretrain_has_eight_photographs_to_train_on_and_two_to_validate_with():
    splits = drawn_splits(COLLECTIONS["pretrain"])
    assert per_fabric(splits["train"]) == dict.fromkeys(range(1000), 8)
    assert per_fabric(splits["validation"]) == dict.fromkeys(range(1000), 2)
    assert len({photo for _, photo in splits["validation"]}) == 10  # not the same two of each


def test_rendered_train_is_all_to_train_on():
    ((name, ids),) = drawn_splits(COLLECTIONS["rendered_train"]).items()
    assert name == "train"
    assert len(per_fabric(ids)) == 12_000


@pytest.mark.parametrize("name", COLLECTIONS)
def test_splits_share_nothing_and_leave_nothing_out(name):
    collection = COLLECTIONS[name]
    splits = drawn_splits(collection)
    listed = Counter(itertools.chain.from_iterable(splits.values()))
    assert set(listed.values()) == {1}
    assert len(listed) == sum(collection.photo_count(fabric) for fabric in range(collection.fabrics))
    for ids in splits.values():
        assert all(image_id == collection.image_id(*photo) for photo, image_id in ids.items())


def test_collections_share_neither_seed_nor_image():
    assert len({collection.seed for collection in COLLECTIONS.values()}) == len(COLLECTIONS)
    ids = [set(ids.values()) for c in COLLECTIONS.values() for ids in drawn_splits(c).values()]
    assert len(set.union(*ids)) == sum(map(len, ids))


def test_members_of_a_family_name_its_first_fabric():
    collection = Collection("some", seed=7, fabrics=200)
    for fabric in range(200):
        first, size = family_of(7, fabric)
        name, what = collection.family(fabric)
        assert name == (f"{first:05d}" if size > 1 else "")
        assert name or not what


def test_a_family_of_which_the_end_of_the_collection_leaves_one_is_none():
    first, size = next(family for family in (family_of(7, fabric) for fabric in range(50)) if family.size > 2)
    assert Collection("cut", seed=7, fabrics=first + 1).family(first) == ("", "")
    assert Collection("cut", seed=7, fabrics=first + 2).family(first)[0] == f"{first:05d}"
    assert size > 2
