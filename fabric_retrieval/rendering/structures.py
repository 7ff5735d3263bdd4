"""Every way of making cloth, by name."""

from fabric_retrieval.rendering.figured import FIGURED
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.woven import woven_ground

# Name → function of (specification, rng) that gives a `ground.Ground`.
STRUCTURES = dict.fromkeys([*WEAVES, *FIGURED], woven_ground)


def ground_of(specification, rng):
    """`Ground` of a specification; `rng` decides what differs from thread to thread."""
    return STRUCTURES[specification.structure](specification, rng)
