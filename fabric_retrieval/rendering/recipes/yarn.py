"""Yarns as cloth makers choose them."""

from fabric_retrieval.rendering.yarn import Yarn


def draw_yarn(rng):
    """A `Yarn` for woven cloth, anything from smooth worsted to rough homespun."""
    return Yarn(
        cover=float(rng.uniform(0.82, 1.12)),
        relief=float(rng.uniform(0.12, 0.3)),
        twist=float(rng.uniform(0.2, 1.0)),
        turns=float(rng.uniform(1.0, 2.2)),
        unevenness=float(rng.uniform(0.03, 0.16)),
        waver=float(rng.uniform(0.03, 0.16)),
        melange=float(rng.uniform(0.04, 0.22)),
        sheen=float(rng.uniform(0.0, 0.12)),
    )
