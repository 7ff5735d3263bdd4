"""Timings of several ways to do one thing, in turns, so that a noisy machine is noisy for all of them."""

import datetime
import importlib.metadata
import os
import platform
import statistics
import time
import tracemalloc

from tqdm import tqdm

from fabric_retrieval.beside import beside


def in_turns(ways, repeats, untimed=1):
    """Median seconds of each way.

    Args:
        ways: dict of name to function without arguments, run A B C, A B C, ...
        repeats: rounds, at least 5 for a median worth printing.
        untimed: rounds before them; 0 where a round takes so long that a cold start is nothing to it.

    Returns:
        dict of name to float.
    """
    seconds = {name: [] for name in ways}
    with tqdm(total=(untimed + repeats) * len(ways), unit=" runs", leave=False) as progress:
        for round_number in range(untimed + repeats):
            for name, way in ways.items():
                progress.set_description(name)
                start = time.perf_counter()
                way()
                if round_number >= untimed:
                    seconds[name].append(time.perf_counter() - start)
                progress.update()
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_memory(way):
    """Bytes held at once beyond those before: what NumPy held, or the process grew by if that is more.

    What is mapped from a file is not counted: the system takes it back when it needs the memory.
    """
    grown, before = [0], anonymous_memory()

    def watch(done):
        while not done.wait(0.005):
            grown.append(anonymous_memory() - before)

    with beside(watch):
        tracemalloc.start()
        try:
            way()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    return max(peak, *grown)


def anonymous_memory():
    """Bytes of this process that are not mapped from files."""
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def print_table(columns, rows):
    """A Markdown table: `columns` [C] names, `rows` of [C] strings."""
    print("| " + " | ".join(columns) + " |")
    print("|" + " --- |" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(value) for value in row) + " |")


def machine(*packages):
    """One line: date, processor, cores, versions of Python and `packages`, by import or on PyPI."""
    distributions = importlib.metadata.packages_distributions()  # tensorflow may come from tensorflow-cpu
    names = {name: distributions.get(name, [name])[0] for name in packages}
    versions = ", ".join(f"{name} {importlib.metadata.version(names[name])}" for name in packages)
    return (
        f"{datetime.date.today()}, {_processor()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
