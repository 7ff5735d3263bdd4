"""How good a model is on folders of photographs, as it is and trained on half of their fabrics.

  python -m fabric_retrieval.photographs --run_dir=RUN --sets=photos,more/photos --out=DIR
  python -m fabric_retrieval.photographs --run_dir=RUN --sets=batik --grey=batik --out=DIR \
      --group_pattern='batik=(.+)_\d+\.jpg'

RUN is a finished run of train.py on drawn fabrics, a set a folder of folders, one a fabric. Half of the
fabrics of each set are trained on and half are tested. Written to DIR: report.md, results.json, results.csv,
curve.csv, how_many_photographs.md and a picture of the learning curve of each set. Interrupted, the same
command goes on.
"""

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.photographs import flags as own_flags

own_flags.define_flags()
flags.adopt_module_key_flags(own_flags)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        settings = own_flags.settings_of()
        from fabric_retrieval.photographs.run import run  # no TensorFlow before the flags are right

        run(settings)


if __name__ == "__main__":
    app.run(main)
