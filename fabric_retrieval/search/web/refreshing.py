"""The index as it is now."""

import asyncio
import math

from absl import logging

from fabric_retrieval.errors import UserError

EVERY = 2.0  # seconds between two looks
SELDOM = 300.0  # after many that failed


class Refreshing:
    """Opens an index again after another process, `fabric-index add` say, has saved it. An async context.

    A search that runs keeps the index it began with. If the new one cannot be used, as one made by another
    model, the old one goes on and the log says why.

    Attributes:
        index: `Index` of now.

    Args:
        index: open.
        reopen: function without arguments to an open `Index`; None: nothing is opened again.
    """

    def __init__(self, index, reopen=None):
        self.index, self._reopen = index, reopen

    async def __aenter__(self):
        self._task = asyncio.create_task(self._watch()) if self._reopen else None
        return self

    async def __aexit__(self, *exception):
        if self._task:
            self._task.cancel()

    def count(self):
        """Images of the index; NaN where its server does not answer."""
        try:
            return self.index.count()
        except UserError:
            return math.nan

    def refresh(self):
        """Looks once; returns whether that could be done."""
        try:
            if self.index.outdated():
                self.index = self._reopen()  # the old one ends with the last search that uses it
                logging.info("The index has %d images now.", self.index.count())
        except Exception as error:
            logging.warning("The index may have changed and cannot be opened again: %s", error)
            return False
        return True

    async def _watch(self):
        wait = EVERY
        while True:
            await asyncio.sleep(wait)
            wait = EVERY if await asyncio.to_thread(self.refresh) else min(2 * wait, SELDOM)
