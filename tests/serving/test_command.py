"""python -m fabric_retrieval.serving."""

import subprocess
import sys


def test_it_lays_out_and_says_where(export, tmp_path):
    given = [f"--saved_model={export}", f"--models={tmp_path / 'm'}"]
    ended = subprocess.run(
        [sys.executable, "-m", "fabric_retrieval.serving", *given],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"{tmp_path / 'm' / 'fabric' / '1'}\n"
    assert (tmp_path / "m" / "fabric" / "1" / "assets.extra" / "tf_serving_warmup_requests").is_file()


def test_help_needs_no_tensorflow():
    code = (
        "import runpy, sys; sys.argv = ['serving', '--help']\n"
        "try: runpy.run_module('fabric_retrieval.serving', run_name='__main__')\n"
        "finally: print('LOADED', {'tensorflow', 'grpc', 'PIL'} & sys.modules.keys())"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "--saved_model" in shown
    assert "LOADED set()" in shown
