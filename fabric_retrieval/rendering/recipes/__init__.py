"""Recipes: functions of a random generator that give the `Specification` of a fabric of one kind."""

from fabric_retrieval.rendering.recipes import corduroy, knitted, open, printed, woven, yarn_dyed

# Name → (share of the fabrics in percent, recipe).
RECIPES = {
    "plain_coloured": (14, woven.plain_coloured),
    "dobby": (5, woven.dobby),
    "jacquard": (6, woven.jacquard),
    "denim": (2, woven.denim),
    "houndstooth": (2, woven.houndstooth),
    "shepherds_check": (1, woven.shepherds_check),
    "glen_check": (2, woven.glen_check),
    "herringbone": (2, woven.herringbone),
    "end_on_end": (1, woven.end_on_end),
    "stripe": (10, yarn_dyed.stripe),
    "check": (7, yarn_dyed.check),
    "tartan": (7, yarn_dyed.tartan),
    "printed": (26, printed.printed),
    "jersey": (4, knitted.jersey),
    "rib": (1.5, knitted.rib),
    "textured_knit": (1, knitted.textured_knit),
    "cable": (1.5, knitted.cable),
    "corduroy": (2, corduroy.corduroy),
    "velvet": (1, corduroy.velvet),
    "mesh": (1, open.mesh),
    "tulle": (0.5, open.tulle),
    "sports_mesh": (0.5, open.sports_mesh),
    "lace": (2, open.lace),
}
