"""Prepares a collection: python -m fird.build --dataset=fird/rendered

Says before it starts how many photographs there are, and what disk and time they take. Interrupted,
the same command goes on where it stopped. Nothing is done if the collection is there.
"""

import shlex
import sys

from absl import app, flags

from fabric_retrieval.errors import brief
from fird.preparation import prepare

_DATASET = flags.DEFINE_string("dataset", "fird/rendered", "fird/<config>: rendered, distractors, …")
_DATA_DIR = flags.DEFINE_string(
    "data_dir", None, "Where prepared collections are kept; default ~/tensorflow_datasets."
)
_WORKERS = flags.DEFINE_integer(
    "workers", 0, "Processes; 0 is one a core. The result does not depend on it.", lower_bound=0
)
_RUNNER = flags.DEFINE_string("beam_runner", None, "Draw on Apache Beam: DirectRunner, DataflowRunner, …")
_OPTIONS = flags.DEFINE_string(
    "beam_options", None, 'The pipeline\'s own flags, "--direct_running_mode=multi_processing --project=…".'
)


def main(argv):
    """Prepares the collection the flags name and prints its splits."""
    if len(argv) > 1:
        sys.exit(f"Error: unknown arguments: {shlex.join(argv[1:])}. See --help.")
    beam_options = None if _OPTIONS.value is None else shlex.split(_OPTIONS.value)
    with brief():
        builder = prepare(
            _DATASET.value,
            data_dir=_DATA_DIR.value,
            workers=_WORKERS.value,
            beam_runner=_RUNNER.value,
            beam_options=beam_options,
        )
    counts = ", ".join(f"{split} {info.num_examples:,}" for split, info in builder.info.splits.items())
    print(f"{builder.info.full_name} is in {builder.data_path}: {counts}.")


if __name__ == "__main__":
    app.run(main)
