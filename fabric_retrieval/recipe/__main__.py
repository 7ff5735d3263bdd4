"""Tries training flags one at a time: trains a base and its variants with several seeds, and compares them.

  python -m fabric_retrieval.recipe --recipe_dir=runs/recipe
  python -m fabric_retrieval.recipe --recipe_dir=runs/recipe --only=method,taps --seeds=0,1

The same command goes on where it stopped, and more variants or seeds can be added to it. They are measured on
training fabrics that are held out of the training. Results: RECIPE/recipe.md, recipe.csv and recipe.json.
"""

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.recipe import flags as recipe_flags

recipe_flags.define_flags()
flags.adopt_module_key_flags(recipe_flags)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        settings = recipe_flags.settings_of()
        from fabric_retrieval.recipe.plan import make_plan

        runs = make_plan(settings)
        from fabric_retrieval.recipe.start import start  # no TensorFlow before the flags are right

        start(settings, runs)


if __name__ == "__main__":
    app.run(main)
