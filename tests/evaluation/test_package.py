"""The package as a whole."""

import subprocess
import sys


def test_the_measures_need_no_tensorflow():
    code = "import sys, fabric_retrieval.evaluation; sys.exit('tensorflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
