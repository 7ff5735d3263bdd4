"""That TensorFlow does not give large tensors back to the system, counted in page faults."""

import os
import subprocess
import sys
import textwrap

import pytest

MEGABYTES = 64
PAGES = MEGABYTES * 2**20 // os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0


@pytest.mark.skipif(sys.platform != "linux", reason="page faults are counted as Linux counts them")
def test_large_tensors_are_not_mapped_anew(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
            import resource
            from fabric_retrieval.memory import keep_memory
            keep_memory()
            import tensorflow as tf

            def fill():
                tf.fill([{MEGABYTES}, 2**18], 1.0)
                return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

            fill()
            before = fill()
            for _ in range(10):
                after = fill()
            print(after - before)
        """)
    )
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPU_ALLOCATOR_USE_BFC"}

    def faults(**changes):
        command = [sys.executable, script]
        found = subprocess.run(command, env=environment | changes, capture_output=True, text=True, check=True)
        return int(found.stdout)

    assert faults() < PAGES
    if faults(TF_CPU_ALLOCATOR_USE_BFC="0") <= 5 * PAGES:
        pytest.skip("here memory is kept even without being told to")
