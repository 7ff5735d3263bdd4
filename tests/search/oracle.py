"""What an index must answer, by a dictionary and brute force."""

import numpy as np

from fabric_retrieval.search import Description, Hit, Item

MODEL = "a" * 64


def description(dimension, settings=None):
    return Description(MODEL, "a model", dimension, settings or {})


def drawn(count, dimension, seed, whole=False):
    """[count, dimension] float32; `whole`: small whole numbers, whose distances are exact and often tie."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-2, 3, (count, dimension)) if whole else rng.normal(size=(count, dimension))
    return values.astype(np.float32)


def clustered(count, dimension, fabrics, seed):
    """[count, dimension] float32, around the centres of fabrics."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(fabrics, dimension))
    return (centres[rng.integers(fabrics, size=count)] + 0.3 * rng.normal(size=(count, dimension))).astype(
        np.float32
    )


def items(numbers, fabrics=7):
    return [Item(f"cloth {i % fabrics}/{i:05d}.jpg", f"cloth {i % fabrics}", {"number": i}) for i in numbers]


class Oracle:
    """The images of an index in a dictionary."""

    def __init__(self):
        self.images = {}

    def add(self, added, vectors):
        for item, vector in zip(added, vectors, strict=True):
            self.images[item.image_id] = (item, vector)

    def remove(self, ids):
        return sum(self.images.pop(image_id, None) is not None for image_id in set(ids))

    def search(self, vectors, k, leave_out=frozenset()):
        answers = []
        for vector in vectors:
            hits = [
                Hit(item.image_id, item.fabric, distance(own, vector), item.metadata)
                for item, own in self.images.values()
                if item.image_id not in leave_out
            ]
            answers.append(sorted(hits, key=lambda hit: (hit.distance, hit.image_id))[:k])
        return answers

    def items(self, prefix=""):
        return [self.images[key][0] for key in sorted(self.images) if key.startswith(prefix)]

    def of_fabric(self, fabric):
        return [item for item in self.items() if item.fabric == fabric]

    def photographs_of(self, fabrics):
        """{fabric: {id: vector as a list}} of those that have images."""
        found = {}
        for item, vector in self.images.values():
            if item.fabric in fabrics:
                found.setdefault(item.fabric, {})[item.image_id] = vector.tolist()
        return found


def distance(one, other):
    return float(((one.astype(float) - other.astype(float)) ** 2).sum())


def photographs_of(index, fabrics):
    """As the oracle's, of an index."""
    found = index.photographs_of(fabrics)
    assert all(vectors.dtype == np.float32 for _, vectors in found.values())
    return {fabric: dict(zip(ids, vectors.tolist(), strict=True)) for fabric, (ids, vectors) in found.items()}


def check_same(index, oracle, queries, k, leave_out=frozenset()):
    """Asserts that an index holds and finds what the oracle does; distances within rounding of float64."""
    assert index.count() == len(oracle.images)
    assert index.info()["count"] == len(oracle.images)
    assert index.info()["fabrics"] == len({item.fabric for item, _ in oracle.images.values()})
    assert list(index.items()) == oracle.items()
    for fabrics in ({"cloth 1", "cloth 3", "not there"}, set()):
        assert photographs_of(index, fabrics) == oracle.photographs_of(fabrics)
    for found, expected in zip(
        index.search(queries, k, leave_out), oracle.search(queries, k, leave_out), strict=True
    ):
        np.testing.assert_allclose(
            [hit.distance for hit in found], [hit.distance for hit in expected], rtol=1e-12
        )
        assert [hit._replace(distance=0) for hit in found] == [hit._replace(distance=0) for hit in expected]


def play(index, oracle, seed, steps, dimension, reopen=None, whole=True):
    """Adds, replaces, removes and searches at random, in the index and in the oracle; returns the index.

    Args:
        reopen: what opens the index again after it was saved and closed; None: it stays open.
        whole: as for `drawn`.
    """
    rng = np.random.default_rng(seed)
    fresh = 0
    for step in range(steps):
        known = sorted(oracle.images)
        what = rng.choice(["add", "replace", "remove", "search", "save"], p=[0.35, 0.2, 0.2, 0.15, 0.1])
        if what == "add":
            count = int(rng.integers(1, 12))
            added = items(range(fresh, fresh + count))
            fresh += count
            vectors = drawn(count, dimension, [seed, step], whole)
            index.add(added, vectors)
            oracle.add(added, vectors)
        elif what == "replace" and known:
            chosen = rng.choice(known, size=min(len(known), 4), replace=False).tolist()
            added = [Item(image_id, f"other {step % 3}", {"step": step}) for image_id in chosen]
            vectors = drawn(len(chosen), dimension, [seed, step], whole)
            index.add(added, vectors)
            oracle.add(added, vectors)
        elif what == "remove" and known:
            chosen = [*rng.choice(known, size=min(len(known), 6)).tolist(), "not there"]
            assert index.remove(chosen) == oracle.remove(chosen)
        elif what == "save":
            index.save()
            if reopen:
                index.close()
                index = reopen()
        hidden = set(rng.choice(known, size=min(len(known), 3)).tolist()) if known else set()
        queries = drawn(2, dimension, [seed, step, 1], whole)
        check_same(index, oracle, queries, int(rng.integers(1, 20)), hidden)
        if known:
            image_id = known[int(rng.integers(len(known)))]
            if image_id in oracle.images:
                item, vector = index.get(image_id)
                assert item == oracle.images[image_id][0]
                np.testing.assert_array_equal(vector, oracle.images[image_id][1])
                assert index.of_fabric(item.fabric) == oracle.of_fabric(item.fabric)
            else:
                assert index.get(image_id) is None
    return index
