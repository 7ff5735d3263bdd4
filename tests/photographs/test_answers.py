"""The sentences on a learning curve, against curves made up by hand."""

from fabric_retrieval.photographs.answers import answers


def point(fabrics, photos, map_, interval, begin="run"):
    return {
        "begin": begin,
        "fabrics": fabrics,
        "photos": photos,
        "map": map_,
        "minus_zero_shot": {"map": map_ - 0.8, "map_ci95": interval},
    }


def of(*points):
    return answers({"test_half": [{"row": "zero_shot", "hit_rate@1": 0.934, "map": 0.8}], "curve": points})


def test_a_curve_that_rises():
    found = of(
        point(10, 3, 0.75, [-0.09, -0.01]),
        point(30, 3, 0.86, [0.02, 0.1]),
        point(10, 10, 0.83, [-0.01, 0.07]),
        point(30, 10, 0.905, [0.08, 0.13]),
        point(100, 3, 0.91, [0.09, 0.13]),
    )
    assert found == [
        "With nothing trained, the first answer is the right fabric for 93.4% of the queries; "
        "the mAP is 0.800.",
        "Trained on from the run: the best is 100 fabrics with 3 photographs each, "
        "with a mAP of 0.910 (+0.110).",
        "Trained on from the run: the fewest photographs that surely help: "
        "30 fabrics with 3 photographs each, 0.860 (+0.060).",
        "Trained on from the run: 10 fabrics with 3 photographs each are surely worse than nothing trained: "
        "0.750 (-0.050).",
        "Trained on from the run: of about as many photographs in all, "
        "100 fabrics with 3 photographs each give 0.910 and 30 fabrics with 10 photographs each 0.905: "
        "here more fabrics did better.",
    ]


def test_a_curve_that_is_flat():
    found = of(point(10, 3, 0.805, [-0.01, 0.02]), point(30, 3, 0.81, [0, 0.02]))
    assert found[2:] == [
        "Trained on from the run: 10 fabrics with 3 photographs each give as much but for 0.01: 0.805.",
        "Trained on from the run: no number of photographs here surely helps; "
        "every interval of the gain reaches 0 or below.",
    ]


def test_heads_that_begin_anew_have_sentences_of_their_own():
    found = of(point(10, 3, 0.9, [0.01, 0.2]), point(10, 3, 0.5, [-0.4, -0.2], "anew"))
    assert [sentence.partition(":")[0] for sentence in found[1:]] == [
        *["Trained on from the run"] * 2,
        *["Trained anew"] * 3,
    ]
