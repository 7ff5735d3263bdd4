"""The paper's experiments with one command: trains every method alike, measures them, and writes a report.

  python -m fabric_retrieval.study --flagfile=configs/study.flags --study_dir=STUDY

The same command goes on with a study that was stopped; --list shows what is done and how long the rest takes.
Results are in STUDY/report.
"""

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.study import flags as study_flags

study_flags.define_flags()
flags.adopt_module_key_flags(study_flags)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        settings = study_flags.settings_of()
        from fabric_retrieval.study.start import start  # no TensorFlow before the flags are right

        start(settings)


if __name__ == "__main__":
    app.run(main)
