"""Answers worked out by hand: what is asked of an index, and what is told of it."""

import numpy as np
import pytest

from fabric_retrieval.search import telling
from fabric_retrieval.search.asking import Answer, ask
from fabric_retrieval.search.grouping import FabricResult
from fabric_retrieval.search.index import Description, Hit, Item, create_index
from fabric_retrieval.search.sureness import Calibration, Logistic, Sureness

FALLING = Calibration(
    right=Logistic(0.0, (-1.0,), 0.0, 1.0),  # of the share of the two lengths
    ours=Logistic(0.0, (-np.log(3), 0.0), 0.0, 1.0),  # odds of 3 ** -length
    queries=1,
    images=1,
    fabrics=1,
)


def result(fabric, *distances):
    hits = [
        Hit(f"{fabric}/{row}.jpg", fabric, distance, {"path": "p"}) for row, distance in enumerate(distances)
    ]
    return FabricResult(fabric, hits[0], len(hits), hits, hits[0].distance)


FOUND = [result("denim", 0.5, 1.25), result("blue check", 12.3456), result("velvet", 4321.0)]


@pytest.fixture
def index(tmp_path):
    """Six images of two fabrics on a line: denim at 1, 2, 3, 4 and velvet at 10, 20."""
    with create_index(tmp_path / "index", Description("m" * 64, "a model", 1)) as index:
        at = {"denim": [1, 2, 3, 4], "velvet": [10, 20]}
        items = [Item(f"{fabric}/{place}", fabric) for fabric, places in at.items() for place in places]
        index.add(items, np.concatenate([np.array(places, np.float32) for places in at.values()])[:, None])
        yield index


def test_fabrics_by_their_nearest_image_and_the_mean_of_all(index):
    (answer,) = ask(index, np.array([[9.0]]), k=4)
    assert [
        (found.fabric, found.best.distance, found.distance, found.images) for found in answer.fabrics
    ] == [
        ("velvet", 1.0, 6.0, 1),  # its mean is at 15
        ("denim", 25.0, 5 * 6.5, 3),  # its mean is at 2.5
    ]
    assert answer.sureness is None


def test_a_fabric_that_is_near_by_one_image_only_comes_later(index):
    (answer,) = ask(index, np.array([[7.2]]), k=4)
    assert [(found.fabric, found.best.distance) for found in answer.fabrics] == [
        ("denim", pytest.approx(3.2**2)),
        ("velvet", pytest.approx(2.8**2)),
    ]


def test_without_an_answer_nothing_is_looked_up(index):
    assert ask(index, np.zeros((0, 1)), k=4) == []
    everything = frozenset(item.image_id for item in index.items())
    assert ask(index, np.array([[7.2]]), k=4, leave_out=everything) == [Answer([], None)]


def test_sureness_knows_the_nearest_image_of_another_fabric_even_if_it_is_not_among_the_hits(index):
    index.calibration = FALLING
    near, far = ask(index, np.array([[0.0], [9.0]]), k=2)
    assert [found.fabric for found in near.fabrics] == ["denim"]
    near, far = near.sureness, far.sureness
    # 0 is at 1 and 2.5 from denim's nearest and mean, at 10 and 15 from velvet's.
    assert near.right / near.ours == pytest.approx(1 / (1 + np.exp(np.sqrt(2.5 / 150))))
    # 9 is at 1 and 6 from velvet's, at 5 and 6.5 from denim's.
    assert far.right / far.ours == pytest.approx(1 / (1 + np.exp(np.sqrt(6 / (5 * 6.5)))))
    assert far.ours == pytest.approx(1 / (1 + 3 ** (np.sqrt(6) - 1)))  # three of four are expected


def test_what_is_left_out_counts_for_nothing(index):
    index.calibration = FALLING
    (answer,) = ask(index, np.array([[1.0]]), k=2, leave_out=frozenset(["denim/1", "velvet/10"]))
    assert [hit.image_id for hit in answer.fabrics[0].hits] == ["denim/2", "denim/3"]
    # 1 is at 1 and 2 from denim's nearest and mean, at 19 from velvet's only one.
    share = np.sqrt(1 * 2) / 19
    assert answer.sureness.right / answer.sureness.ours == pytest.approx(1 / (1 + np.exp(share)))


def test_a_table():
    assert telling.as_table("cloth.jpg", Answer(FOUND, Sureness(0.934, 0.8))).splitlines() == [
        "cloth.jpg: denim, 93 % sure",
        "  rank  fabric      distance  sure  images near",
        "     1  denim            0.5  93 %            2",
        "     2  blue check      12.3                  1",
        "     3  velvet         4,321                  1",
    ]


@pytest.mark.parametrize(
    ("sureness", "verdict"),
    [
        (None, "nearest to denim"),
        (Sureness(0.999, 0.99), "denim, >99 % sure"),
        (Sureness(0.002, 0.5), "denim, <1 % sure"),
        (Sureness(0.9, 0.49), "none of ours (the chance that it is one is 49 %); nearest are"),
    ],
)
def test_verdicts(sureness, verdict):
    assert telling.as_table("a", Answer(FOUND, sureness)).splitlines()[0] == f"a: {verdict}"


def test_an_empty_index_finds_nothing():
    assert telling.as_table("a", Answer([], None)) == "a: nothing found: the index is empty"


def test_json_without_sureness(index):
    told = telling.as_json(index, {"a.jpg": b""}, None, [Answer(FOUND[:1], None)], [("b.jpg", "empty file")])
    assert told == {
        "index": index.location,
        "model": "m" * 64,
        "crop": None,
        "answers": [
            {
                "photograph": "a.jpg",
                "sureness": None,
                "in_catalogue": None,
                "none_of_ours": False,
                "fabrics": [
                    {
                        "rank": 1,
                        "fabric": "denim",
                        "distance": 0.5,
                        "near": 2,
                        "images": [
                            {"id": "denim/0.jpg", "distance": 0.5, "metadata": {"path": "p"}},
                            {"id": "denim/1.jpg", "distance": 1.25, "metadata": {"path": "p"}},
                        ],
                    }
                ],
            }
        ],
        "not_searched": [{"photograph": "b.jpg", "reason": "empty file"}],
    }
