"""Work spread over processes, results in order."""

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import SpawnContext, SpawnProcess

from threadpoolctl import threadpool_limits

from fabric_retrieval.errors import UserError

AHEAD = 4  # tasks in flight for each worker: enough that none waits, few enough to bound memory


class WorkerDiedError(UserError, RuntimeError):
    """A process was ended from outside, as a system does that runs out of memory."""


def ordered_map(function, tasks, workers=0):
    """Yields function(*task) for each task, in order, the same whatever the number of workers.

    Processes are spawned, never forked, for TensorFlow's threads do not survive a fork; they import the
    module of `function` and nothing of the caller's script, which so needs no `if __name__ == "__main__"`.

    Args:
      function: a module's function; arguments and results must pickle.
      tasks: iterable of argument tuples; only a few are taken ahead of the results.
      workers: processes; 0 is one a core, and 1 works in this process.

    Raises:
      WorkerDiedError: a process ended before its task did.
    """
    workers = workers or count_cores()
    if workers == 1:
        for task in tasks:
            yield function(*task)
        return
    pool = ProcessPoolExecutor(workers, mp_context=_Spawn(), initializer=_start_worker, initargs=(function,))
    pending = deque()
    try:
        for task in tasks:
            pending.append(pool.submit(function, *task))
            if len(pending) >= AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerDiedError(
            f"A worker process died, most often for want of memory. Try fewer workers than {workers}."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def count_cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker(function):
    # Ctrl-C is the parent's to handle; it then shuts the pool down.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    # The argument has imported the function's module and, with it, NumPy and OpenCV: one thread a process.
    del function
    threadpool_limits(1)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(1)


def _die_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)


@contextmanager
def _without_main():
    """Hides the caller's script, which a spawned process would otherwise run again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class _SpawnProcess(SpawnProcess):
    @staticmethod
    def _Popen(process):
        with _without_main():
            return SpawnProcess._Popen(process)


class _Spawn(SpawnContext):
    Process = _SpawnProcess
