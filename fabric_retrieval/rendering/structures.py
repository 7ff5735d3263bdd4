"""Every way of making cloth, by name."""

from fabric_retrieval.rendering.cable import CABLES, cable_ground
from fabric_retrieval.rendering.corduroy import corduroy_ground, velvet_ground
from fabric_retrieval.rendering.figured import FIGURED
from fabric_retrieval.rendering.knit import KNITS, knitted_ground
from fabric_retrieval.rendering.lace import lace_ground
from fabric_retrieval.rendering.net import MESHES, net_ground, sports_mesh_ground
from fabric_retrieval.rendering.weave import WEAVES
from fabric_retrieval.rendering.woven import woven_ground

# Name → function of (specification, rng) that gives a `ground.Ground`.
STRUCTURES = dict.fromkeys([*WEAVES, *FIGURED], woven_ground)
STRUCTURES |= dict.fromkeys(KNITS, knitted_ground) | dict.fromkeys(CABLES, cable_ground)
STRUCTURES |= dict.fromkeys(MESHES, net_ground) | {"sports_mesh": sports_mesh_ground, "lace": lace_ground}
STRUCTURES |= {"corduroy": corduroy_ground, "velvet": velvet_ground}

# Structures that the same yarns could be made into; neighbours are told apart easily.
RELATED = (
    (
        "plain", "twill_2_2", "basket_2", "herringbone_8", "satin_5", "rib_2", "twill_steep", "crepe",
        "twill_3_1", "pointed_8", "basket_4", "twill_2_1", "sateen_5", "twill_broken", "herringbone_12",
        "oxford", "twill_3_3", "crowfoot", "basket_3", "twill_1_3", "pointed_13", "satin_8", "twill_4_4",
        "rib_3", "herringbone_1_3", "satin_4", "twill_reclining", "sateen_8", "twill_1_2", "satin_7",
    ),
    ("jersey", "rib_2_2", "moss", "cable_6", "garter", "rib_1_1", "basket_knit", "plait_6", "rib_3_2"),
    ("net_square", "net_hexagon", "net_diamond", "sports_mesh", "net_square_knotted", "net_diamond_knotted"),
)  # fmt: skip


def ground_of(specification, rng):
    """`Ground` of a specification; `rng` decides what differs from thread to thread."""
    return STRUCTURES[specification.structure](specification, rng)


def sequence_repeat(structure):
    """(weft, warp) threads of which a colour sequence of this structure must hold a multiple."""
    return WEAVES[structure]().shape if structure in WEAVES else (1, 1)
