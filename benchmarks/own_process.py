"""An object in a process of its own: for frameworks that cannot share one, and for its peak memory."""

import importlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor


class OwnProcess:
    """Makes `name` of `module` in a new process, and calls its methods there. To be used as a context.

    Args:
        module, name: of a class. arguments: for it.
    """

    def __init__(self, module, name, **arguments):
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            self._pool.submit(_make, module, name, arguments).result()
        except BaseException:
            self._pool.shutdown()
            raise

    def call(self, method, *arguments):
        """What the method returns."""
        return self._pool.submit(_call, method, arguments).result()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._pool.shutdown()


def _make(module, name, arguments):
    global _thing
    _thing = getattr(importlib.import_module(module), name)(**arguments)


def _call(method, arguments):
    return getattr(_thing, method)(*arguments)
