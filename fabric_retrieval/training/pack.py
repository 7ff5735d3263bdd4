"""Writes the weights of a run into one small file that can be passed on.

  python -m fabric_retrieval.training.pack --flagfile=RUN/flags.txt --weights=RUN --out=FILE.npz

Afterwards --weights=FILE.npz begins with them, as --weights=RUN does. The flags are those of the network, its
--weights may also be RUN,RUN, their mean.
"""

from pathlib import Path

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.errors import UserError


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        config = flag_groups.as_config()
        if config.backbone == "alexnet" or not config.weights:
            raise UserError("--weights is needed, and another --backbone than alexnet.")
        from fabric_retrieval.models.weights.packed import write_packed  # so that --help needs no TensorFlow
        from fabric_retrieval.training.networks import build_model

        model, origin = build_model(config)
        write_packed(model, flags.FLAGS.out, origin)
    print(f"{Path(flags.FLAGS.out).stat().st_size / 1e6:.1f} MB: {flags.FLAGS.out}")


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "File to write, .npz.", required=True)
    flag_groups.define_data_flags()
    flag_groups.define_training_flags()
    flags.adopt_module_key_flags(flag_groups)
    app.run(main)
