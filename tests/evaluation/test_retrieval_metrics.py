"""`retrieval_metrics` against tables worked out by hand, brute force, and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fabric_retrieval.evaluation import retrieval_metrics
from fabric_retrieval.evaluation.metrics import measures
from fabric_retrieval.evaluation.ranking import Ranks

KS = (1, 2, 4, 8)


def on_a_line(*positions):
    return np.array(positions, np.float32)[:, np.newaxis]


def of_hits(hits, relevant):
    """The measures of one query whose ranking has these hits, as far as it is known."""
    rank = np.flatnonzero(hits) + 1
    order = np.arange(1, len(rank) + 1)
    ranks = Ranks(np.array([relevant]), np.zeros(len(rank), np.int64), order, rank, rank, rank)
    names, values = measures(ranks, rank, KS)
    return dict(zip(names, values[0].tolist(), strict=True))


# Precision at the hits of 1,0,1,0 is 1 and 2/3.
@pytest.mark.parametrize(
    ("hits", "relevant", "expected"),
    [
        ([1, 0, 1, 0], 4, {"map": (1 + 2 / 3) / 4, "map_trapezoid": (1 + (1 / 2 + 2 / 3) / 2) / 4}),
        ([1, 0, 1, 0], 4, {"recall@1": 0.25, "recall@2": 0.25, "recall@4": 0.5, "hit_rate@1": 1.0}),
        ([1, 0, 1, 0], 2, {"map": (1 + 2 / 3) / 2, "map_at_r": 1 / 2, "recall@4": 1.0}),
        ([0, 1], 1, {"map": 0.5, "map_trapezoid": (0 + 0.5) / 2, "map_at_r": 0.0, "hit_rate@1": 0.0}),
        ([1], 3, {"recall@1": 1 / 3, "hit_rate@1": 1.0, "map_at_r": 1 / 3}),
        ([1, 1, 1], 3, {"map": 1.0, "map_trapezoid": 1.0, "map_at_r": 1.0, "recall@4": 1.0}),
    ],
)
def test_measures_of_a_known_ranking(hits, relevant, expected):
    assert {name: of_hits(hits, relevant)[name] for name in expected} == pytest.approx(expected)


def test_the_example_that_every_library_scores_differently():
    measured = of_hits([1, 0, 1, 0], relevant=4)
    assert measured["map"] == pytest.approx(0.417, abs=5e-4)  # pytorch-metric-learning's
    assert measured["map_trapezoid"] == pytest.approx(0.396, abs=5e-4)  # cnnimageretrieval's


def test_queries_are_averaged_alike():
    # Query a at 0 ranks a, b, a: ranks 1 and 3. Query b at 10 ranks b last: rank 3.
    measured = retrieval_metrics(
        on_a_line(0, 10), ["a", "b"], on_a_line(1, 3, 2.5), ["a", "a", "b"], ks=(1, 2, 3), bootstrap=0
    )
    # From 10: 3 (a), 2.5 (b), 1 (a), so b has rank 2.
    assert measured["recall@1"] == pytest.approx((1 / 2 + 0) / 2)
    assert measured["recall@2"] == pytest.approx((1 / 2 + 1) / 2)
    assert measured["hit_rate@1"] == pytest.approx(1 / 2)
    assert measured["map"] == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)
    assert measured["queries"] == 2


def test_equal_distances_are_broken_by_id_not_by_position():
    gallery, labels = on_a_line(1, -1, 1), [0, 1, 2]
    for ids, rank in ((["a", "b", "c"], 1), (["c", "a", "b"], 3), (["b", "a", "c"], 2)):
        measured = retrieval_metrics(on_a_line(0), [0], gallery, labels, gallery_ids=ids)
        assert measured["map"] == pytest.approx(1 / rank)


def test_ties_reported_are_the_least_and_the_most_of_every_order():
    measured = retrieval_metrics(
        on_a_line(0),
        [0],
        on_a_line(1, -1, 1),
        [0, 1, 2],
        ks=(1, 2),
        gallery_ids=["b", "a", "c"],
        ties="report",
    )
    assert (measured["map_least"], measured["map"], measured["map_most"]) == pytest.approx((1 / 3, 1 / 2, 1))
    assert (measured["recall@2_least"], measured["recall@2"], measured["recall@2_most"]) == (0, 1, 1)
    assert measured["queries_with_ties"] == 1


def test_a_query_never_matches_its_own_id():
    features = on_a_line(0, 0, 5, 1)
    measured = retrieval_metrics(
        features,
        [0, 1, 0, 1],
        features,
        [0, 1, 0, 1],
        query_ids=list("abcd"),
        gallery_ids=list("abcd"),
        ks=(1,),
    )
    # a: b, d, c -> 3; b: a, d -> 2; c: d, a (tied with b, but a is first) -> 2; d: a, b, c; a and b tie -> 2.
    assert measured["map"] == pytest.approx((1 / 3 + 1 / 2 + 1 / 2 + 1 / 2) / 4)


def test_images_of_the_querys_group_take_no_part():
    gallery, labels = on_a_line(1, 2, 3, 4), [0, 1, 0, 0]
    groups = ["roll 1", "roll 1", "", ""]
    measured = retrieval_metrics(
        on_a_line(0, 0), [0, 0], gallery, labels, ks=(1,), query_groups=["roll 1", ""], gallery_groups=groups
    )
    # The first query sees 0, 0 only; the second, of no group, sees 0, 1, 0, 0.
    assert measured["map"] == pytest.approx((1 + (1 + 2 / 3 + 3 / 4) / 3) / 2)


def test_queries_without_an_answer_are_counted_and_left_out():
    queries, gallery = on_a_line(0, 7, 8), on_a_line(1, 2)
    measured = retrieval_metrics(queries, [0, 5, 6], gallery, [0, 1])
    assert (measured["map"], measured["queries"], measured["queries_without_relevant"]) == (1.0, 1, 2)
    with pytest.raises(ValueError, match="None of the 3 queries"):
        retrieval_metrics(queries, [4, 5, 6], gallery, [0, 1])


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_a_feature_that_is_no_number_names_its_image(value):
    good, bad = np.ones((3, 2)), np.ones((3, 2))
    bad[1, 1] = value
    with pytest.raises(ValueError, match="gallery image 'cord-2'"):
        retrieval_metrics(good, [0] * 3, bad, [0] * 3, gallery_ids=["cord-1", "cord-2", "cord-3"])
    with pytest.raises(ValueError, match="query image number 1"):
        retrieval_metrics(bad, [0] * 3, good, [0] * 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"queries": np.ones(4)}, "query features"),
        ({"gallery": np.ones((0, 2))}, "gallery features"),
        ({"gallery": np.ones((3, 5))}, "2 dimensions and the gallery 5"),
        ({"query_labels": [0]}, "query labels"),
        ({"gallery_labels": [[0, 1, 2]]}, "gallery labels"),
        ({"gallery_ids": ["a", "b"]}, "gallery ids"),
        ({"gallery_ids": ["a", "b", "a"]}, "'a' occurs 2 times"),
        ({"query_groups": ["a"]}, "query groups"),
        ({"ks": (0, 1)}, "at least 1"),
        ({"ties": "random"}, "'random'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(change, message):
    arguments = {
        "queries": np.ones((2, 2)),
        "query_labels": [0, 1],
        "gallery": np.ones((3, 2)),
        "gallery_labels": [0, 1, 2],
    }
    with pytest.raises(ValueError, match=message):
        retrieval_metrics(**(arguments | change))


def brute_force(case, ks, tie=0):
    """Every definition spelled out on a full float64 sort; `tie` -1 or 1 puts tied answers first or last."""
    names = [f"{name}@{k}" for name in ("recall", "hit_rate") for k in ks] + [
        "map",
        "map_trapezoid",
        "map_at_r",
    ]
    totals, lone = [], 0
    for query, label, own, group in zip(
        case["queries"].astype(np.float64),
        case["query_labels"],
        case["query_ids"],
        case["query_groups"],
        strict=True,
    ):
        images = []
        for number, features in enumerate(case["gallery"].astype(np.float64)):
            image_id, other = case["gallery_ids"][number], case["gallery_groups"][number]
            if image_id != own and not (group and group == other):
                hit = bool(case["gallery_labels"][number] == label)
                images.append((((features - query) ** 2).sum(), tie * hit, image_id, hit))
        hits = [image[-1] for image in sorted(images)]
        total = sum(hits)
        if not total:
            lone += 1
            continue
        precision = [sum(hits[: rank + 1]) / (rank + 1) for rank in range(len(hits))]
        before = [1.0, *precision]
        at_hits = [rank for rank, hit in enumerate(hits) if hit]
        totals.append(
            [sum(hits[:k]) / total for k in ks]
            + [float(any(hits[:k])) for k in ks]
            + [sum(precision[rank] for rank in at_hits) / total]
            + [sum((precision[rank] + before[rank]) / 2 for rank in at_hits) / total]
            + [sum(precision[rank] for rank in at_hits if rank < total) / total]
        )
    means = np.mean(totals, axis=0).tolist()
    return dict(zip(names, means, strict=True)) | {"queries": len(totals), "queries_without_relevant": lone}


def random_case(seed):
    """Few values and copied vectors, so that many distances tie; lone fabrics; shared ids; groups."""
    rng = np.random.default_rng(seed)
    queries, gallery, dims = rng.integers(1, 12), rng.integers(2, 40), rng.integers(1, 20)
    fabrics = rng.integers(1, 8)
    scale, offset = 10.0 ** rng.integers(-3, 4), rng.choice([0, 0, 100])
    if rng.random() < 0.5:
        everything = rng.integers(-1, 2, size=(queries + gallery, dims)) * scale + offset
    else:
        everything = rng.normal(size=(queries + gallery, dims)) * scale + offset
        copies = rng.integers(0, len(everything), size=(2, len(everything) // 2))
        everything[copies[0]] = everything[copies[1]]
    everything = everything.astype(rng.choice([np.float32, np.float64]))
    ids = rng.permutation(1000)[: queries + gallery]
    shared = rng.permutation(ids[queries:])[: queries // 2]
    ids[: len(shared)] = shared
    if rng.random() < 0.5:
        ids = np.array([f"photo-{number}" for number in ids])
    groups = rng.choice(["", "", "a", "b"], size=queries + gallery)
    labels = rng.integers(0, fabrics, size=queries + gallery)
    labels[queries] = labels[0]
    parts = {"query": slice(queries), "gallery": slice(queries, None)}
    case = {"queries": everything[:queries], "gallery": everything[queries:]}
    for name, part in parts.items():
        case |= {f"{name}_labels": labels[part], f"{name}_ids": ids[part], f"{name}_groups": groups[part]}
    return case


@pytest.mark.parametrize("seed", range(150))
def test_equals_brute_force(seed):
    case = random_case(seed)
    try:
        expected = brute_force(case, KS)
    except ValueError:
        expected = None
    if expected is None or not expected["queries"]:
        with pytest.raises(ValueError, match="None of the"):
            retrieval_metrics(**case, ks=KS)
        return
    measured = retrieval_metrics(**case, ks=KS, ties="report", block_values=1 << (seed % 12), bootstrap=0)
    assert {name: measured[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    for suffix, tie in (("least", 1), ("most", -1)):
        bound = brute_force(case, KS, tie)
        assert {
            name: measured[f"{name}_{suffix}"] for name in bound if "queries" not in name
        } == pytest.approx({name: value for name, value in bound.items() if "queries" not in name}, abs=1e-12)


def clustered(seed=0, fabrics=30, images=8, dims=64, offset=50.0):
    """Features far from the origin and hardly apart, where float32 products lose most of their digits."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(fabrics), images)
    centres = rng.normal(size=(fabrics, dims))
    features = (offset + 1e-3 * (centres[labels] + rng.normal(size=(len(labels), dims)))).astype(np.float32)
    is_query = np.arange(len(labels)) % images < 3
    return features[is_query], labels[is_query], features[~is_query], labels[~is_query]


def test_equals_brute_force_where_float32_products_fail():
    queries, query_labels, gallery, gallery_labels = clustered()
    case = {
        "queries": queries,
        "gallery": gallery,
        "query_labels": query_labels,
        "gallery_labels": gallery_labels,
        "query_ids": 10_000 + np.arange(len(queries)),
        "gallery_ids": np.arange(len(gallery)),
        "query_groups": [""] * len(queries),
        "gallery_groups": [""] * len(gallery),
    }
    measured = retrieval_metrics(**case, ks=KS)
    expected = brute_force(case, KS)
    assert {name: measured[name] for name in expected} == pytest.approx(expected, abs=1e-12)


def test_average_precision_equals_scikit_learn():
    queries, query_labels, gallery, gallery_labels = clustered(offset=0.0)
    distances = ((queries[:, np.newaxis].astype(np.float64) - gallery) ** 2).sum(axis=2)
    expected = [
        average_precision_score(gallery_labels == label, -row)
        for label, row in zip(query_labels, distances, strict=True)
    ]
    measured = retrieval_metrics(queries, query_labels, gallery, gallery_labels)
    assert measured["map"] == pytest.approx(np.mean(expected), abs=1e-12)


def test_the_block_size_changes_nothing():
    case = clustered()
    whole = retrieval_metrics(*case)
    for block_values in (1, 700, 5000):
        assert retrieval_metrics(*case, block_values=block_values) == whole


def test_the_order_of_images_changes_nothing_given_ids():
    rng = np.random.default_rng(1)
    case = random_case(7)
    expected = retrieval_metrics(**case, bootstrap=0)
    for side, features in (("query", "queries"), ("gallery", "gallery")):
        order = rng.permutation(len(case[features]))
        for name in (features, f"{side}_labels", f"{side}_ids", f"{side}_groups"):
            case[name] = case[name][order]
    assert retrieval_metrics(**case, bootstrap=0) == pytest.approx(expected)


@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_very_small_and_very_large_features_rank_alike(factor):
    queries, query_labels, gallery, gallery_labels = clustered(offset=0.0)
    expected = retrieval_metrics(queries, query_labels, gallery, gallery_labels, bootstrap=0)
    scaled = [features.astype(np.float64) * factor for features in (queries, gallery)]
    assert retrieval_metrics(scaled[0], query_labels, scaled[1], gallery_labels, bootstrap=0) == expected


def test_identical_features_are_ranked_by_id_alone():
    features, labels = np.zeros((6, 4), np.float32), [0, 1, 2, 0, 1, 2]
    measured = retrieval_metrics(features, labels, features, labels, ks=(1,), ties="report")
    assert measured["map"] == pytest.approx(
        np.mean([(1 + 2 / 4) / 2, (1 / 2 + 2 / 5) / 2, (1 / 3 + 2 / 6) / 2])
    )
    assert (measured["map_most"], measured["recall@1_least"]) == (1.0, 0.0)
