"""Yarns as cloth makers choose them."""

from dataclasses import replace

from fabric_retrieval.rendering.yarn import Yarn


def draw_yarn(rng):
    """A `Yarn` for woven cloth, from smooth filament through combed cotton to homespun and brushed wool."""
    yarn = Yarn(
        cover=float(rng.uniform(0.84, 1.1)),
        relief=float(rng.uniform(0.12, 0.28)),
        twist=float(rng.uniform(0.1, 1.0)),
        turns=float(rng.uniform(0.8, 2.0)),
        unevenness=float(rng.uniform(0.03, 0.15)),
        waver=float(rng.uniform(0.03, 0.16)),
        melange=float(rng.uniform(0.03, 0.2)),
        sheen=float(rng.uniform(0.0, 0.08)),
    )
    kind = rng.choice(["spun", "filament", "slub", "woollen", "brushed"], p=[0.45, 0.14, 0.16, 0.15, 0.1])
    if kind == "filament":
        return replace(
            yarn, twist=0.1, unevenness=yarn.unevenness / 4, waver=yarn.waver / 2, melange=yarn.melange / 4,
            sheen=float(rng.uniform(0.1, 0.3)),
        )  # fmt: skip
    if kind == "slub":
        return replace(yarn, slub=float(rng.uniform(0.15, 0.6)))
    if kind == "woollen":
        return replace(yarn, sheen=0.0, melange=1.3 * yarn.melange, hairiness=float(rng.uniform(0.15, 0.4)))
    if kind == "brushed":
        return replace(yarn, sheen=0.0, hairiness=float(rng.uniform(0.4, 0.8)))
    return yarn
