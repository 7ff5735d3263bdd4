"""Hits by fabric."""

from fabric_retrieval.search import FabricResult, Hit, by_fabric


def test_fabrics_by_their_best_image():
    denim, linen, more, third = (
        Hit("d/2", "denim", 1.0, {"n": 1}),
        Hit("l/1", "linen", 1.5, {}),
        Hit("d/1", "denim", 2.0, {}),
        Hit("c/1", "corduroy", 2.5, {}),
    )
    assert by_fabric([denim, linen, more, third]) == [
        FabricResult("denim", denim, 2, [denim, more]),
        FabricResult("linen", linen, 1, [linen]),
        FabricResult("corduroy", third, 1, [third]),
    ]


def test_ties_by_id_and_nothing_found():
    one, other = Hit("b", "second", 1.0, {}), Hit("a", "first", 1.0, {})
    assert [result.fabric for result in by_fabric([one, other])] == ["first", "second"]
    assert by_fabric([]) == []
