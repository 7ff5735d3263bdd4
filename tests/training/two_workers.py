"""Two processes that train together, over the loopback."""

import json
import os
import socket
import subprocess
import sys


class TwoWorkers:
    """`python *arguments` twice, as two workers, the first of them the chief; their words go to `folder`."""

    def __init__(self, folder, *arguments):
        addresses = [f"localhost:{port}" for port in _free_ports(2)]
        self._logs = [folder / f"worker-{index}.log" for index in range(2)]
        self.processes = []
        for index, path in enumerate(self._logs):
            with path.open("w") as log:
                process = subprocess.Popen(
                    [sys.executable, *map(str, arguments)],
                    stderr=log,
                    env=os.environ | {"TF_CONFIG": json.dumps(_config(addresses, index))},
                )
            self.processes.append(process)

    def running(self):
        """Whether both are."""
        return all(process.poll() is None for process in self.processes)

    def finish(self):
        """Waits until both have ended well."""
        assert self.ends() == [0, 0], [said[-3000:] for said in self.said()]

    def ends(self):
        """Waits until both have ended; returns their exit codes."""
        return [process.wait() for process in self.processes]

    def said(self):
        """What each has written to its standard error."""
        return [log.read_text() for log in self._logs]

    def kill(self):
        """Ends both at once, wherever they are."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


def _config(addresses, index):
    return {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
