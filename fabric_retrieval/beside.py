"""Something that goes on beside the work it watches."""

import contextlib
import threading


@contextlib.contextmanager
def beside(watch):
    """While entered, `watch(over)` runs in a thread of its own.

    Args:
        watch: function of a `threading.Event`, which is set at the end; the context is left once it returns.
    """
    over = threading.Event()
    thread = threading.Thread(target=watch, args=(over,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
