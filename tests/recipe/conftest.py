"""Searches of a small base, with a narrow AlexNet on twelve drawn fabrics."""

import pytest
from absl import flags
from study.small import TRAINING, write_flags

from fabric_retrieval.recipe.flags import define_flags, settings_of

VARIANTS = """
# a comment
[rate]
faster: --learning_rate=0.02
far_too_fast: --learning_rate=1e30

[method]
triplet: --method=triplet --ratio=2
"""


@pytest.fixture
def settings(tmp_path):
    """The namespace of the command's flags, with changes; the file of variants has the text `variants`."""

    def make(*changes, variants=VARIANTS):
        write_flags(tmp_path / "base.flags", **TRAINING, method="focus_ranking", learning_rate=0.01)
        (tmp_path / "variants.txt").write_text(variants)
        given = {
            "recipe_dir": tmp_path / "recipe",
            "base": tmp_path / "base.flags",
            "variants": tmp_path / "variants.txt",
            "dataset": "fird/rendered_tiny",
            "workers": 1,
        }
        values = flags.FlagValues()
        define_flags(values)
        values(["recipe", *(f"--{name}={value}" for name, value in given.items()), *changes])
        return settings_of(values)

    return make
