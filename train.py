"""Trains a fabric similarity model, by focus ranking or another method, and exports it as a SavedModel.

A small trial on drawn fabrics:
  python train.py --flagfile=configs/demo.flags --run_dir=runs/demo

Your own photographs, one folder of images a fabric:
  python train.py --flagfile=configs/best.flags --photos_dir=DIR --run_dir=runs/mine

The same command continues a run that was stopped. Then: python eval.py --run_dir=runs/mine
"""

import sys

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups

flag_groups.define_data_flags()
flag_groups.define_training_flags()
flags.adopt_module_key_flags(flag_groups)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        train(flag_groups.as_config())


def train(config):
    from fabric_retrieval.training import run  # it takes seconds: not before the flags are right

    if config.show_units:
        print(f"Ranking units: {run.show_units(config)}")
    elif run.train(config):
        print(f"Finished. Next: python eval.py --run_dir={config.run_dir}")
    else:
        sys.exit(f"Stopped; its state is saved. Go on with: {errors.command()}")


if __name__ == "__main__":
    app.run(main)
