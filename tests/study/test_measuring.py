import numpy as np
import pytest

from fabric_retrieval.evaluation import PCA, clustering_metrics, retrieval_metrics
from fabric_retrieval.evaluation.features import Features
from fabric_retrieval.study.images import NO_LABEL
from fabric_retrieval.study.measuring import measure, smaller_dims

KS = [1, 4]
OWN, DIMS = 12, [4096, 12, 6, 3]


def drawn(rng, name, fabrics, images, labels=None):
    centres = rng.normal(size=(fabrics, OWN))
    label = np.repeat(np.arange(fabrics), images)
    features = (centres[label] + 0.7 * rng.normal(size=(len(label), OWN))).astype(np.float32)
    ids = np.array([f"{name}/{number:04d}" for number in rng.permutation(len(label))])
    fabric = np.array([f"{number:05d}" for number in label])
    return Features(features, label if labels is None else labels, ids, fabric, np.full(len(ids), ""))


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(3)
    test = drawn(rng, "test", 8, 6)
    query = np.arange(len(test.ids)) % 6 < 2
    query[-6:] = True  # the last fabric has no image in the gallery
    return {
        "train": drawn(rng, "train", 10, 4),
        "query": Features(*(column[query] for column in test)),
        "gallery": Features(*(column[~query] for column in test)),
        # Their fabrics are numbered as the test fabrics are, and are others.
        "distractors": drawn(rng, "other", 50, 1, np.full(50, NO_LABEL)),
    }


@pytest.fixture(scope="module")
def evaluation(features):
    return measure({"name": "model"}, features, DIMS, KS)


def of_dim(features, dim):
    if dim == OWN:
        return {split: part.features for split, part in features.items()}
    pca = PCA.fit(features["train"].features, dim)
    return {split: pca.transform(part.features) for split, part in features.items()}


@pytest.mark.parametrize("dim", [12, 6, 3])
def test_agrees_with_eval(features, evaluation, dim):
    query, gallery, reduced = features["query"], features["gallery"], of_dim(features, dim)
    expected = retrieval_metrics(
        reduced["query"], query.labels, reduced["gallery"], gallery.labels, KS, query.ids, gallery.ids
    )
    for name in evaluation.measures.tolist():
        assert evaluation.of(name, dim).mean() == pytest.approx(expected[name], abs=1e-6), name
    assert len(evaluation.fabrics) == expected["queries"] == 14


def test_clusters_agree_with_eval(features, evaluation):
    query, gallery = features["query"], features["gallery"]
    order = np.argsort(np.concatenate([query.ids, gallery.ids]))
    together = np.concatenate([query.features, gallery.features])[order]
    expected = clustering_metrics(together, np.concatenate([query.labels, gallery.labels])[order])
    assert {"f1": evaluation.f1[0], "nmi": evaluation.nmi[0]} == pytest.approx(expected)


@pytest.mark.parametrize("dim", [12, 3])
def test_distractors_by_brute_force(features, evaluation, dim):
    """Sorts the whole gallery for each query; distractors are never relevant, whatever they are called."""
    query, gallery, other = (features[split] for split in ("query", "gallery", "distractors"))
    reduced = of_dim(features, dim)
    candidates = np.concatenate([reduced["gallery"], reduced["distractors"]]).astype(np.float64)
    relevant_to = np.concatenate([gallery.labels, np.full(len(other.ids), -9)])
    recalls, precisions = [], []
    for embedding, label in zip(reduced["query"].astype(np.float64), query.labels, strict=True):
        hits = (relevant_to == label)[np.argsort(((candidates - embedding) ** 2).sum(axis=1))]
        if hits.any():
            recalls.append(hits[:4].sum() / hits.sum())
            ranks = np.flatnonzero(hits) + 1
            precisions.append((np.arange(1, len(ranks) + 1) / ranks).mean())
    np.testing.assert_allclose(evaluation.of("recall@4", dim, "distractors"), recalls, rtol=1e-6)
    np.testing.assert_allclose(evaluation.of("map", dim, "distractors"), precisions, rtol=1e-6)


def test_distractors_only_push_answers_back(evaluation):
    for dim in evaluation.dims.tolist():
        assert (evaluation.of("map", dim, "distractors") <= evaluation.of("map", dim)).all()
    assert evaluation.of("map", 3, "distractors").mean() < evaluation.of("map", 3).mean()
    assert evaluation.about["distractors"] == 50


def test_without_distractors_both_galleries_are_one(features):
    alone = {split: part for split, part in features.items() if split != "distractors"}
    found = measure({"name": "model"}, alone, [3], KS)
    np.testing.assert_array_equal(found.values[0], found.values[1])
    assert found.about["distractors"] == 0
    assert found.dims.tolist() == [12, 3]


def test_only_dimensions_that_the_training_images_determine():
    train = np.random.default_rng(0).normal(size=(10, 100))
    assert smaller_dims(train, [4096, 100, 64, 10, 9, 8]) == [9, 8]
    assert smaller_dims(train[:, :9], [4096, 9, 8]) == [8]
