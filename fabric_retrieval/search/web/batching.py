"""Photographs of concurrent requests, described together."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter


class Batcher:
    """Runs a describer on what has come in while it was busy, or within a few milliseconds. An async context.

    One thread calls the describer, one batch after the other. How many may wait is for the caller to limit,
    as the server does before it reads a photograph. A photograph that the describer fails on spoils no other:
    its batch is described again one by one.

    Args:
        describer: list of N encoded images to [N, D] float32.
        most: images of a batch.
        wait_ms: how long the first image of a batch waits for others.
        observe: called with (images, seconds) of each batch, in the event loop.
    """

    def __init__(self, describer, most=32, wait_ms=5.0, observe=lambda images, seconds: None):
        self._describer, self._most, self._wait, self._observe = describer, most, wait_ms / 1000, observe
        self._waiting = asyncio.Queue()
        self._thread = ThreadPoolExecutor(1, "describer")

    async def __aenter__(self):
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exception):
        self._task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, photograph):
        """[D] float32 of one encoded image. Raises what the describer raises for it."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((photograph, future))
        return await future

    async def _run(self):
        while True:
            batch = [(image, future) for image, future in await self._gather() if not future.done()]
            if not batch:
                continue  # all have given up
            start = perf_counter()
            results = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._describe, [image for image, _ in batch]
            )
            self._observe(len(batch), perf_counter() - start)
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def _gather(self):
        batch = [await self._waiting.get()]
        end = asyncio.get_running_loop().time() + self._wait
        while len(batch) < self._most:
            try:
                async with asyncio.timeout_at(end):  # what is there already is taken even when it has passed
                    batch.append(await self._waiting.get())
            except TimeoutError:
                break
        return batch

    def _describe(self, images):
        """A row or an exception for each."""
        try:
            return list(self._describer(images))
        except Exception as error:
            if len(images) == 1 or isinstance(error, ConnectionError):
                return [error] * len(images)
            return [result for image in images for result in self._describe([image])]
