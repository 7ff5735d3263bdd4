"""The images that were found, by fabric."""

from typing import NamedTuple

from fabric_retrieval.search.index import Hit


class FabricResult(NamedTuple):
    """A fabric that was found: its nearest image, how many of its images are among the hits, and these."""

    fabric: str
    best: Hit
    images: int
    hits: list[Hit]


def by_fabric(hits):
    """The hits of one search as a list of `FabricResult`, ascending by (best distance, best id).

    Args:
        hits: list of `Hit`, in any order.
    """
    found = {}
    for hit in sorted(hits, key=lambda hit: (hit.distance, hit.image_id)):
        found.setdefault(hit.fabric, []).append(hit)
    return [FabricResult(fabric, own[0], len(own), own) for fabric, own in found.items()]
