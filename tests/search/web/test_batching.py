"""Concurrent photographs are described together, and each gets its own answer."""

import asyncio
import threading

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")

from fabric_retrieval.search.web.batching import Batcher


def lengths(images):
    """A describer: [N, 2] of each image's length and its square; no image may be empty."""
    if not all(images):
        raise ValueError("empty image")
    return np.array([[len(image), len(image) ** 2] for image in images], np.float32)


def run(describer, images, **settings):
    """(results or exceptions of images asked for at once, [(images, seconds), …] of the batches)."""
    batches = []

    async def main():
        async with Batcher(describer, observe=lambda *batch: batches.append(batch), **settings) as batcher:
            return await asyncio.gather(*map(batcher, images), return_exceptions=True)

    return asyncio.run(main()), batches


def test_each_gets_its_own_row_and_few_batches_do():
    images = [bytes(number) for number in range(1, 71)]
    rows, batches = run(lengths, images, most=32)
    np.testing.assert_array_equal(rows, lengths(images))
    assert [size for size, _ in batches] == [32, 32, 6]


def test_what_comes_while_a_batch_runs_makes_the_next():
    sizes, second = [], threading.Event()

    def slow(images):
        sizes.append(len(images))
        if len(sizes) == 1:
            assert second.wait(30)
        return lengths(images)

    async def main():
        async with Batcher(slow, most=8, wait_ms=0) as batcher:
            first = asyncio.create_task(batcher(b"1"))
            while not sizes:
                await asyncio.sleep(0.001)
            others = [asyncio.create_task(batcher(bytes(number))) for number in range(2, 7)]
            await asyncio.sleep(0)
            second.set()
            return await asyncio.gather(first, *others)

    rows = asyncio.run(main())
    assert sizes == [1, 5]
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4, 5, 6]


def test_an_image_that_fails_spoils_no_other():
    rows, batches = run(lengths, [b"a", b"", b"abc"])
    assert [row[0] for row in (rows[0], rows[2])] == [1, 3]
    assert isinstance(rows[1], ValueError)
    assert [size for size, _ in batches] == [3]


def test_a_server_that_is_away_is_not_asked_again_for_each():
    calls = []

    def away(images):
        calls.append(len(images))
        raise ConnectionError("no answer")

    rows, _ = run(away, [b"a", b"b", b"c"])
    assert calls == [3]
    assert all(isinstance(row, ConnectionError) for row in rows)


def test_after_a_failure_it_goes_on():
    async def main():
        async with Batcher(lengths) as batcher:
            with pytest.raises(ValueError, match="empty image"):
                await batcher(b"")
            return await batcher(b"four")

    assert asyncio.run(main())[0] == 4


def test_who_has_given_up_is_not_described():
    sizes, release = [], threading.Event()

    def slow(images):
        sizes.append(len(images))
        assert release.wait(30)
        return lengths(images)

    async def main():
        async with Batcher(slow, wait_ms=0) as batcher:
            first = asyncio.create_task(batcher(b"1"))
            while not sizes:
                await asyncio.sleep(0.001)
            given_up = asyncio.create_task(batcher(b"22"))
            last = asyncio.create_task(batcher(b"333"))
            await asyncio.sleep(0)
            given_up.cancel()
            release.set()
            return await first, await last

    first, last = asyncio.run(main())
    assert (first[0], last[0]) == (1, 3)
    assert sizes == [1, 1]
