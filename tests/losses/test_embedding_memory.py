"""Focus ranking against embeddings of earlier batches: Eq. 4 over all of them, written out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from losses.gradients import finite_differences, gradient, unit_length

from fabric_retrieval.losses import FocusRankingLoss

SCALE, HARDEST, PLACES = 3.0, 3, 20
FABRICS = 4


def batch(number):
    """Twelve images of four fabrics, [12, 6] embeddings, [9, 5] units and [12] labels."""
    rng = np.random.default_rng(number)
    units = np.stack([rng.permutation(12)[:5] for _ in range(9)]).astype(np.int32)
    return rng.normal(size=(12, 6)), units, (np.arange(12) % FABRICS).astype(np.int32)


def equation_4(embeddings, units, labels, earlier):
    """Over the HARDEST negatives of each unit's own and those of `earlier`, see `centred`."""
    total = 0.0
    f, g = unit_length(embeddings), centred(embeddings)
    for probe, positive, *negatives in units:
        own = [np.sum((f[probe] - f[row]) ** 2) for row in negatives]
        kept = [np.sum((g[probe] - e) ** 2) for e, label in earlier if label != labels[probe]]
        distances = sorted(SCALE * distance for distance in own + kept)[:HARDEST]
        to_positive = SCALE * np.sum((f[probe] - f[positive]) ** 2)
        total += sum(np.log2(1 + 2.0 ** (to_positive - distance)) for distance in distances)
    return total


def remembering(**changes):
    return FocusRankingLoss(
        **{"distance_scale": SCALE, "embedding_norm": "l2", "reduction": "sum", "hardest": HARDEST}
        | {"memory": PLACES}
        | changes
    )


def centred(embeddings):
    f = unit_length(embeddings)
    return f - f.mean(axis=0)


def pairs(*batches):
    """What is remembered of these, the newest batch first: [(embedding, label), ...]."""
    return [
        pair for embeddings, _, labels in batches for pair in zip(centred(embeddings), labels, strict=True)
    ]


def test_what_moves_all_embeddings_alike_changes_nothing():
    """Of embeddings whose length is not changed; else all would flee from where they were."""
    values = []
    for shift in (0.0, 3.0):
        loss = remembering(embedding_norm="none", reduction="mean", hardest=1)
        loss(*batch(0), training=True)
        embeddings, units, labels = batch(1)
        values.append(float(loss(embeddings + shift, units, labels)))
    assert values[1] == pytest.approx(values[0], rel=1e-4)


def test_the_last_embeddings_of_other_fabrics_are_negatives_too():
    loss = remembering()
    for number in range(3):
        embeddings, units, labels = batch(number)
        earlier = pairs(*map(batch, range(number - 1, -1, -1)))[:PLACES]
        found = float(loss(embeddings, units, labels, training=True))
        assert found == pytest.approx(equation_4(embeddings, units, labels, earlier), rel=1e-4)


def test_nothing_is_remembered_of_what_is_not_training():
    loss, (embeddings, units, labels) = remembering(), batch(0)
    values = [float(loss(embeddings, units, labels)) for _ in range(2)]
    assert values == pytest.approx([float(remembering(memory=0)(embeddings, units))] * 2)


def test_what_is_remembered_is_constant():
    """Finite differences of the present embeddings alone; where places are empty no gradient is NaN."""
    loss, (embeddings, units, labels) = remembering(), batch(0)
    of_empty = gradient(loss, embeddings, units, labels)
    np.testing.assert_allclose(of_empty, gradient(remembering(memory=0), embeddings, units), atol=1e-5)

    loss(*batch(1), training=True)
    value = lambda f: equation_4(f, units, labels, pairs(batch(1)))  # noqa: E731
    expected = finite_differences(value, embeddings)
    np.testing.assert_allclose(gradient(loss, embeddings, units, labels), expected, rtol=1e-3, atol=1e-4)


def test_a_batch_larger_than_the_memory_leaves_its_first_images():
    loss, (embeddings, units, labels) = remembering(memory=5), batch(0)
    loss(embeddings, units, labels, training=True)
    np.testing.assert_array_equal(loss.memory.labels, labels[:5])
    np.testing.assert_allclose(loss.memory.embeddings, centred(embeddings)[:5], rtol=1e-4)


def test_where_only_the_own_fabric_is_remembered_nothing_is_added():
    loss, (embeddings, units, _) = remembering(), batch(0)
    one_fabric = tf.zeros(12, tf.int32)
    loss(batch(1)[0], units, one_fabric, training=True)
    without = float(remembering(memory=0)(embeddings, units))
    assert float(loss(embeddings, units, one_fabric)) == pytest.approx(without)


def test_survives_keras_serialisation():
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(remembering()))
    assert copy.memory.size == PLACES
    for loss in (remembering(memory=0), copy):
        assert float(loss(*batch(0))) == pytest.approx(float(remembering()(*batch(0))))


@pytest.mark.parametrize("flags", [{"memory": 5, "hardest": 0}, {"memory": 5, "hardest": 6}, {"memory": -1}])
def test_a_memory_that_could_not_serve_is_refused(flags):
    with pytest.raises(ValueError, match="memory"):
        remembering(**flags)
