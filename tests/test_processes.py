import os
import subprocess
import sys
import textwrap
import time

import pytest

from fabric_retrieval.processes import ordered_map


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers):
    assert list(ordered_map(divmod, [(i, 7) for i in range(40)], workers)) == [
        divmod(i, 7) for i in range(40)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_reach_the_caller(workers):
    with pytest.raises(ZeroDivisionError):
        list(ordered_map(divmod, [(1, 1), (1, 0), (1, 1)], workers))


def test_few_tasks_are_taken_ahead():
    taken = []

    def tasks():
        for i in range(1000):
            taken.append(i)
            yield i, 7

    results = ordered_map(divmod, tasks(), workers=2)
    next(results)
    results.close()
    assert len(taken) <= 8


def test_a_dead_worker_is_explained():
    with pytest.raises(RuntimeError, match="fewer workers than 2"):
        list(ordered_map(os._exit, [(1,)], workers=2))


def test_scripts_need_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            print("started")
            from fabric_retrieval.processes import ordered_map
            print(sum(ordered_map(max, [(i, 2) for i in range(5)], workers=2)))
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["started", "13"]  # 2 + 2 + 2 + 3 + 4


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="finds processes in /proc")
def test_workers_die_with_their_parent(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import os, time
            from fabric_retrieval.processes import ordered_map
            results = ordered_map(os.getpid, [()] * 4, workers=2)
            print(next(results), flush=True)
            time.sleep(60)
        """)
    )
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    assert os.path.exists(f"/proc/{worker}")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(worker)


def _alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_drawing_needs_no_tensorflow():
    modules = "fabric_retrieval.rendering.collection, fabric_retrieval.data.photographs"
    code = f"import sys, {modules}; assert not {{'tensorflow', 'keras'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
