import subprocess
import sys
from pathlib import Path


def test_one_replica_and_two_make_the_step_of_the_mean_loss():
    script = Path(__file__).with_name("mirrored_step.py")
    result = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert result.stdout.strip() == "both steps are right", result.stderr[-3000:]
