"""python -m fabric_retrieval.bulk: flags that fit together, no TensorFlow before they do."""

import subprocess
import sys

import pytest
from absl import flags

from fabric_retrieval.bulk.flags import define_flags

MODEL = ["--saved_model=m", "--out=o"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "give either --dataset, or --photos_dir"),
        (["--dataset=fird/rendered", "--split=query", "--photos_dir=d"], "give either"),
        (["--dataset=fird/rendered"], "--dataset needs a --split"),
        (["--photos_dir=d", "--split=query"], "photographs take neither"),
    ],
)
def test_flags_that_do_not_fit_are_refused(given, message):
    values = flags.FlagValues()
    define_flags(values)
    with pytest.raises(flags.IllegalFlagValueError, match=message):
        values(["bulk", *MODEL, *given])


@pytest.mark.parametrize(
    "given", [["--dataset=fird/rendered", "--split=query"], ["--photos_dir=d", "--photos_csv=c"]]
)
def test_flags_that_fit(given):
    values = flags.FlagValues()
    define_flags(values)
    values(["bulk", *MODEL, *given])
    assert values.batch_size == 32


def test_help_needs_neither_tensorflow_nor_beam():
    code = (
        "import runpy, sys; sys.argv = ['bulk', '--help']\n"
        "try: runpy.run_module('fabric_retrieval.bulk', run_name='__main__')\n"
        "finally: print('LOADED', {'tensorflow', 'apache_beam', 'sklearn'} & sys.modules.keys())"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "--saved_model" in shown
    assert "LOADED set()" in shown
