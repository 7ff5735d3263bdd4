"""Hits by fabric."""

import numpy as np

from fabric_retrieval.search import FabricResult, Hit, by_fabric
from fabric_retrieval.search.grouping import beside_means


def test_fabrics_by_their_best_image():
    denim, linen, more, third = (
        Hit("d/2", "denim", 1.0, {"n": 1}),
        Hit("l/1", "linen", 1.5, {}),
        Hit("d/1", "denim", 2.0, {}),
        Hit("c/1", "corduroy", 2.5, {}),
    )
    assert by_fabric([denim, linen, more, third]) == [
        FabricResult("denim", denim, 2, [denim, more], 1.0),
        FabricResult("linen", linen, 1, [linen], 1.5),
        FabricResult("corduroy", third, 1, [third], 2.5),
    ]


def test_ties_by_id_and_nothing_found():
    one, other = Hit("b", "second", 1.0, {}), Hit("a", "first", 1.0, {})
    assert [result.fabric for result in by_fabric([one, other])] == ["first", "second"]
    assert by_fabric([]) == []


def test_beside_the_mean_of_all_images_of_a_fabric():
    hits = [Hit("d/1", "denim", 1.0, {}), Hit("l/1", "linen", 4.0, {}), Hit("d/2", "denim", 81.0, {})]
    photographs = {
        "denim": (["d/1", "d/2", "d/3"], np.array([[1, 0], [9, 0], [2, 3]], np.float32)),  # mean (4, 1)
        "linen": (["l/1"], np.array([[0, 2]], np.float32)),
    }
    found = by_fabric(hits)
    near = beside_means(found, np.zeros(2), photographs)
    assert [(result.fabric, result.distance) for result in near] == [("linen", 4.0), ("denim", 17**0.5)]
    assert near == [found[1], found[0]._replace(distance=17**0.5)]
    (denim, _) = beside_means(found, np.zeros(2), photographs, leave_out={"d/2", "d/3"})
    assert denim == found[0]  # it has one image then
    assert beside_means(found, np.zeros(2), {}) == found  # all have been removed


def test_the_very_image_is_at_0():
    hits = [Hit("d/1", "denim", 0.0, {}), Hit("l/1", "linen", 1e-6, {})]
    photographs = {
        "denim": (["d/1", "d/2"], np.array([[0, 0], [9, 9]], np.float32)),
        "linen": (["l/1"], np.array([[0, 1e-3]], np.float32)),
    }
    assert [result.fabric for result in beside_means(by_fabric(hits), np.zeros(2), photographs)] == [
        "denim",
        "linen",
    ]


def test_equally_far_fabrics_come_by_the_ids_of_their_nearest_images():
    hits = [Hit("b", "first", 2.0, {}), Hit("a", "second", 2.0, {})]
    photographs = {"first": (["b"], np.array([[1.0, 1.0]])), "second": (["a"], np.array([[-1.0, 1.0]]))}
    found = beside_means(by_fabric(hits), np.zeros(2), photographs)
    assert [result.fabric for result in found] == ["second", "first"]
