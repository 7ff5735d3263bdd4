"""`fabric-serve` as a process of its own: started, told to end, killed under load, and started again."""

import concurrent.futures
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

import httpx2
import pytest
from search.web.site import new_site


@pytest.fixture(scope="module")
def site(tmp_path_factory, describer):
    return new_site(tmp_path_factory.mktemp("served"), describer)


def command(*arguments):
    return [sys.executable, "-m", "fabric_retrieval.search.web", *arguments]


def environment():
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


class Server:
    """A process of `fabric-serve`, ready. To be used as a context."""

    def __init__(self, site, model_folder, port=0):
        self.process = subprocess.Popen(
            command(f"--index={site.location}", f"--model={model_folder}", f"--port={port}"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        line = self.process.stdout.readline()
        found = re.search(r"12 photographs are searched at (http://127\.0\.0\.1:(\d+)/)", line)
        assert found, line + (self.process.stderr.read() if self.process.poll() is not None else "")
        self.address, self.port = found[1].rstrip("/"), int(found[2])

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def search(address, data, client=httpx2):
    answer = client.post(f"{address}/api/search", files={"photo": data}, timeout=60)
    assert answer.status_code == 200
    return [
        (image["id"], image["distance"]) for fabric in answer.json()["fabrics"] for image in fabric["images"]
    ]


def contents(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow  # two starts of TensorFlow
def test_killed_under_load_it_loses_nothing_and_starts_again(site, model_folder):
    photograph = site.photographs["denim/1.jpg"]
    index, photographs = contents(site.location), contents(site.root)
    answered, refused = [], threading.Event()

    def keep_asking(address):
        with httpx2.Client() as client:
            while True:
                try:
                    answered.append(search(address, photograph, client))
                except httpx2.TransportError:
                    refused.set()
                    return

    with Server(site, model_folder) as server, concurrent.futures.ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(keep_asking, server.address) for _ in range(4)]
        while len(answered) < 20 and not any(one.done() for one in asking):
            time.sleep(0.01)
        server.process.kill()
        for one in asking:
            one.result(60)
        assert server.process.wait(10) == -signal.SIGKILL
    assert refused.is_set()
    assert len(answered) >= 20
    assert contents(site.location) == index
    assert contents(site.root) == photographs

    with Server(site, model_folder, server.port) as server:
        again = search(server.address, photograph)
        assert again[0][0] == answered[0][0][0] == "denim/1.jpg"
        assert [name for name, _ in again] == [name for name, _ in answered[0]]

        from fabric_retrieval.search import open_index

        with open_index(site.location) as changing:
            changing.remove(["denim/1.jpg"])
            changing.save()
        end = time.monotonic() + 30
        while search(server.address, photograph)[0][0] == "denim/1.jpg":
            assert time.monotonic() < end, "what another process has saved is not found"
            time.sleep(0.1)

        # A web site whose name leads to this machine cannot ask through a browser.
        assert httpx2.get(server.address, headers={"Host": "evil.example"}).status_code == 400

        server.process.send_signal(signal.SIGTERM)
        output, errors = server.process.communicate(timeout=30)
        assert "Traceback" not in output + errors


def test_help_is_instant_and_has_examples():
    done = subprocess.run(command("--help"), capture_output=True, text=True, env=environment())
    assert "fabric-serve --run_dir=runs/mine --index=catalogue" in done.stdout
    assert "--api_key_file" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--index=nowhere", "--model=nowhere"], "nowhere"),
        (["--index=a", "--model=b", "--run_dir=c"], "either --run_dir or --model"),
        (["--index=a", "--host=192.0.2.1"], "192.0.2.1|assign"),
    ],
)
def test_what_cannot_be_served_is_said_without_a_traceback(arguments, words, tmp_path):
    done = subprocess.run(
        command("--port=0", *arguments), capture_output=True, text=True, env=environment(), cwd=tmp_path
    )
    assert done.returncode != 0
    assert re.search(words, done.stdout + done.stderr)
    assert "Traceback" not in done.stderr


def test_a_key_is_read_from_a_file(tmp_path):
    from fabric_retrieval.errors import UserError
    from fabric_retrieval.search.web.__main__ import read_key

    (tmp_path / "key").write_text("a long key\n")
    assert read_key(tmp_path / "key") == "a long key"
    assert read_key(None) is None
    for content in ("", " \n", "two\nlines", "schlüssel"):
        (tmp_path / "key").write_text(content)
        with pytest.raises(UserError, match="one line of ASCII"):
            read_key(tmp_path / "key")
