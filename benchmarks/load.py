"""`fabric-serve` under load on loopback: requests a second, latencies, hostile requests, memory.

python benchmarks/load.py                                          # a full AlexNet of random weights
python benchmarks/load.py --run_dir=runs/demo --width=640          # a trained model
python benchmarks/load.py --minutes=10                             # and ten minutes of load for the memory

The limit of it all is the model's own rate, measured first, alone, on the same photographs. Every answer is
compared with that of the same photograph asked alone: an error, another answer or none counts as lost.
"""

import http.client
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import hostile
import numpy as np
from absl import app, flags, logging
from own_process import OwnProcess
from side_by_side import machine, print_table
from tqdm import tqdm

from fabric_retrieval.beside import beside

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "run_dir", None, "Finished run whose model is served. Default: AlexNet of random weights."
)
flags.DEFINE_list("clients", ["1", "8", "32"], "Clients at once, each with one connection.")
flags.DEFINE_integer("requests", 640, "Requests for each number of clients.", lower_bound=1)
flags.DEFINE_integer("photographs", 32, "Different photographs that are asked for.", lower_bound=1)
flags.DEFINE_integer("width", 640, "Of the photographs; three quarters of it high.", lower_bound=64)
flags.DEFINE_integer("images", 2_000, "Images in the index, with drawn vectors.", lower_bound=1)
flags.DEFINE_integer("hostile", 500, "Hostile requests.", lower_bound=0)
flags.DEFINE_float("minutes", 0.0, "Of load by 8 clients, for the memory. 0: none.", lower_bound=0.0)
flags.DEFINE_integer("seed", 0, "Of photographs, vectors and hostile requests.")
MAX_BYTES = 8 << 20
STEADY = 8  # clients while the memory is watched
TOLERANCE = 1e-3  # of distances: in batches of other sizes the model's last bits differ
NOTHING = 1e-6  # a distance that these bits make of 0
KIND = f"multipart/form-data; boundary={hostile.BOUNDARY.decode()}"


class Client:
    """One connection that asks for photographs."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def search(self, request):
        """(nearest image id, its distance) that a body is answered with, or an error."""
        self._connection.request("POST", "/api/search", request, {"Content-Type": KIND})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise ConnectionError(f"{response.status}: {body[:200]!r}")
        found = re.search(rb'"images":\[\{"id":"([^"]*)".*?"distance":([^,}]*)', body)
        return found[1].decode(), float(found[2])

    def get(self, path):
        """The text of a path."""
        self._connection.request("GET", path)
        return self._connection.getresponse().read().decode()


def same(one, other):
    """Whether two answers are the same but for the last bits of their distances."""
    return one[0] == other[0] and bool(np.isclose(one[1], other[1], rtol=TOLERANCE, atol=NOTHING))


def under_load(port, requests, expected, clients, count=None, seconds=None):
    """(latencies [N] in seconds, number lost, seconds in all) of requests in turn by several clients.

    It ends after `count` requests or `seconds`.
    """
    latencies, lost, taken, lock = [], [], iter(range(count or 10**12)), threading.Lock()
    start = time.monotonic()
    progress = tqdm(total=count, desc=f"{clients} clients", unit=" requests", leave=False)

    def work():
        client = Client(port)
        while seconds is None or time.monotonic() - start < seconds:
            with lock:
                number = next(taken, None)
            if number is None:
                return
            which, begun = number % len(requests), time.perf_counter()
            try:
                answer = client.search(requests[which])
                if not same(answer, expected[which]):
                    raise ConnectionError(f"another answer: {answer}, not {expected[which]}")
            except (OSError, http.client.HTTPException) as error:
                lost.append(error)
                client = Client(port)
            else:
                latencies.append(time.perf_counter() - begun)
            with lock:
                progress.update()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    progress.close()
    for error in lost[:5]:
        print(f"Lost: {error!r}", file=sys.stderr)
    return np.array(latencies), len(lost), time.monotonic() - start


def resident(port):
    """Megabytes that the server has in memory."""
    return (
        float(re.search(r"^process_resident_memory_bytes (\S+)", Client(port).get("/metrics"), re.M)[1])
        / 2**20
    )


def watch_memory(port, requests, expected):
    """Prints the server's memory through minutes of load."""
    samples = []

    def watch(over):
        while not over.wait(5):
            samples.append(resident(port))

    with beside(watch):
        latencies, lost, _ = under_load(port, requests, expected, STEADY, seconds=60 * FLAGS.minutes)
    tenths = [float(np.median(part)) for part in np.array_split(samples, 10)]
    answers = f"{len(latencies):,} answers, {lost} lost"
    print(f"\n{FLAGS.minutes:g} minutes, {STEADY} clients: {answers}. Memory in MB,")
    print("medians of ten equal parts of the time: " + ", ".join(f"{value:.0f}" for value in tenths))


def refuse_hostile(port, photograph):
    """Prints what hostile requests were answered with."""
    counts = {}
    requests = hostile.requests(FLAGS.seed, FLAGS.hostile, photograph, MAX_BYTES)
    for name, request in tqdm(requests, "hostile", FLAGS.hostile, unit=" requests", leave=False):
        try:
            answer = hostile.status(("127.0.0.1", port), request)
        except OSError as error:
            answer = f"{name}: {error!r}"
        counts[answer] = counts.get(answer, 0) + 1
    print(
        f"\n{FLAGS.hostile} hostile requests: "
        + ", ".join(f"{counts[one]} times {one}" for one in sorted(counts, key=str))
    )


def compare(folder):
    arguments = {name: FLAGS[name].value for name in ("run_dir", "photographs", "width", "images", "seed")}
    with OwnProcess("load_inputs", "Inputs", folder=str(folder), **arguments) as made:
        model, photographs = made.call("model"), made.call("encoded")
        alone = [made.call("rate", batch, FLAGS.requests) for batch in (1, 32)]
    print(machine("tensorflow", "fastapi", "uvicorn", "faiss"))
    print(f"\nThe model alone: {alone[0]:.1f} images/s one at a time, {alone[1]:.1f} images/s 32 at once.\n")
    requests = [_body(photograph) for photograph in photographs]
    command = [
        sys.executable,
        "-m",
        "fabric_retrieval.search.web",
        f"--index={folder / 'index'}",
        f"--model={model}",
    ]
    with subprocess.Popen(
        [*command, "--port=0", f"--max_bytes={MAX_BYTES}"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            line = server.stdout.readline()
            port = int(re.search(r":(\d+)/", line)[1])
            measure(port, requests, photographs[0], alone[1])
        finally:
            server.terminate()


def measure(port, requests, photograph, alone):
    """Prints all that is measured of a server."""
    first = Client(port)
    expected = [first.search(request) for request in requests]
    before, rows = resident(port), []
    for clients in map(int, FLAGS.clients):
        latencies, lost, seconds = under_load(port, requests, expected, clients, FLAGS.requests)
        percentiles = [f"{1000 * np.percentile(latencies, one):.0f} ms" for one in (50, 95, 99)]
        rate = len(latencies) / seconds
        rows.append([clients, FLAGS.requests, lost, f"{rate:.1f}", f"{rate / alone:.2f}", *percentiles])
    print_table(
        ["clients", "requests", "lost", "requests/s", "of the model's rate", "50 %", "95 %", "99 %"], rows
    )
    if FLAGS.hostile:
        refuse_hostile(port, photograph)
        again = [Client(port).search(request) for request in requests]
        agree = sum(map(same, again, expected))
        print(f"Answers after them as before: {agree} of {len(requests)}.")
    if FLAGS.minutes:
        watch_memory(port, requests, expected)
    print(f"Memory of the server: {before:.0f} MB at the start, {resident(port):.0f} MB at the end.")


def _body(photograph):
    return hostile.posted([(b"photo", photograph, b"a.jpg")]).partition(b"\r\n\r\n")[2]


def main(argv):
    del argv
    logging.set_verbosity(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))


if __name__ == "__main__":
    app.run(main)
