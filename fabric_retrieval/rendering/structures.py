"""Every way of making cloth, by name."""

from fabric_retrieval.rendering.cable import CABLES, cable_ground
from fabric_retrieval.rendering.corduroy import corduroy_ground, velvet_ground
from fabric_retrieval.rendering.knit import KNITS, knitted_ground
from fabric_retrieval.rendering.lace import lace_ground
from fabric_retrieval.rendering.net import MESHES, net_ground, sports_mesh_ground
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.woven import woven_ground

# Name → function of (specification, rng) that gives a `ground.Ground`.
STRUCTURES = dict.fromkeys(WEAVES, woven_ground)
STRUCTURES |= dict.fromkeys(KNITS, knitted_ground) | dict.fromkeys(CABLES, cable_ground)
STRUCTURES |= dict.fromkeys(MESHES, net_ground) | {"sports_mesh": sports_mesh_ground, "lace": lace_ground}
STRUCTURES |= {"corduroy": corduroy_ground, "velvet": velvet_ground}


def ground_of(specification, rng):
    """`Ground` of a specification; `rng` decides what differs from thread to thread."""
    return STRUCTURES[specification.structure](specification, rng)
