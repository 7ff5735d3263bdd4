"""Photographs of a drawn collection → its splits."""

import functools

from fabric_retrieval.data.splits import hashed_share, split_fabrics, split_queries

VALIDATION_SHARE = 0.2  # two of ten photographs


@functools.lru_cache(maxsize=2)
def drawn_splits(collection):
    """{split: {(fabric, photo): image id}}, by the collection's `division`; see `Collection`."""
    ids = {
        collection.fabric_name(i): {
            collection.image_id(i, j): (i, j) for j in range(collection.photo_count(i))
        }
        for i in range(collection.fabrics)
    }
    chosen = _DIVISIONS[collection.division](ids, collection.seed)
    return {
        split: {ids[fabric][image_id]: image_id for fabric, image_id in pairs}
        for split, pairs in chosen.items()
    }


def _paper(ids, seed):
    """Section 4: half of the fabrics to train on; two fifths of the others' photographs are queries."""
    train, test = split_fabrics(list(ids), seed)
    halves = {fabric: split_queries(list(ids[fabric]), seed) for fabric in test}
    return {
        "train": [(fabric, i) for fabric in train for i in ids[fabric]],
        "query": [(fabric, i) for fabric, (queries, _) in halves.items() for i in queries],
        "gallery": [(fabric, i) for fabric, (_, gallery) in halves.items() for i in gallery],
    }


def _validation(ids, seed):
    """Every fabric in both, as a classifier of fabrics needs them."""
    divided = {
        fabric: hashed_share(list(photos), VALIDATION_SHARE, seed, "validation")
        for fabric, photos in ids.items()
    }
    return {
        "train": [(fabric, i) for fabric, (_, rest) in divided.items() for i in rest],
        "validation": [(fabric, i) for fabric, (chosen, _) in divided.items() for i in chosen],
    }


def _in_one(split, ids, seed):
    del seed
    return {split: [(fabric, i) for fabric, photos in ids.items() for i in photos]}


_DIVISIONS = {
    "paper": _paper,
    "validation": _validation,
    "distractors": functools.partial(_in_one, "distractors"),
    "train": functools.partial(_in_one, "train"),
}
