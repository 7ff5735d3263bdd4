"""Timings of several ways to do one thing, in turns, so that a noisy machine is noisy for all of them."""

import datetime
import importlib.metadata
import os
import platform
import statistics
import time
import tracemalloc

from tqdm import tqdm


def in_turns(ways, repeats):
    """Median seconds of each way.

    Args:
        ways: dict of name to function without arguments, run A B C, A B C, ... after one round untimed.
        repeats: rounds, at least 5 for a median worth printing.

    Returns:
        dict of name to float.
    """
    seconds = {name: [] for name in ways}
    with tqdm(total=(repeats + 1) * len(ways), unit=" runs", leave=False) as progress:
        for round_number in range(repeats + 1):
            for name, way in ways.items():
                progress.set_description(name)
                start = time.perf_counter()
                way()
                if round_number:
                    seconds[name].append(time.perf_counter() - start)
                progress.update()
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_memory(way):
    """Bytes that Python and NumPy held at once beyond what they held before; not the buffers of the BLAS."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    way()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


def print_table(columns, rows):
    """A Markdown table: `columns` [C] names, `rows` of [C] strings."""
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(value) for value in row) + " |")


def machine(*packages):
    """One line: date, processor, cores, versions of Python and `packages`."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return (
        f"{datetime.date.today()}, {_processor()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
