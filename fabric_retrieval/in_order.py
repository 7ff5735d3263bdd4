"""Work spread over threads, results in order."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 2  # while one batch is decoded, another is in the network


def in_order(function, items, at_once=AT_ONCE):
    """Yields function(item) for each item, in order, `at_once` of them computed at the same time.

    For work that leaves Python alone, as TensorFlow's and NumPy's does. No more than `at_once` items are
    taken ahead of the results. An error of `function` is raised where its result would have come.
    """
    pending = deque()
    with ThreadPoolExecutor(at_once) as threads:
        try:
            for item in items:
                pending.append(threads.submit(function, item))
                if len(pending) == at_once:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for waiting in pending:
                waiting.cancel()
