"""Two replicas, on two logical CPUs."""

import subprocess
import sys
from pathlib import Path

import pytest


def output_of(script, *arguments):
    path = Path(__file__).with_name(script)
    result = subprocess.run(
        [sys.executable, str(path), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout.strip()


def test_one_replica_and_two_make_the_step_of_the_mean_loss():
    assert output_of("mirrored_step.py") == "both steps are right"


@pytest.mark.slow
def test_a_run_on_two_replicas_is_continued_bit_for_bit(tiny_collections, tmp_path):
    printed = output_of("mirrored_run.py", tiny_collections, tmp_path / "one", tmp_path / "two")
    assert printed.endswith("both runs are the same")
