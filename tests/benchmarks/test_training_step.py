"""The peer that the training step is timed against computes the same."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "training_step.py"
# Not importorskip: after TensorFlow the import of PyTorch can abort the process (both bring LLVM).
needs_torch = pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed")
COMPILED = ("PyTorch, torch.compile", "PyTorch, torch.compile, channels_last")


@needs_torch
@pytest.mark.slow
@pytest.mark.parametrize("groups", [1, 2])
def test_all_sides_make_the_same_updates(groups):
    without = [f"--without={name}" for name in COMPILED]
    command = [sys.executable, str(SCRIPT), "--check", f"--groups={groups}", *without]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr[-3000:]
    for name in ("TensorFlow, --jit_compile", "PyTorch", "PyTorch, channels_last"):
        assert result.stdout.count(f"| {groups} | {name} |") == 2
