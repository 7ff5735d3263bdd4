"""Runs a command beside a Milvus server on 127.0.0.1: python milvus_server.py COMMAND…

For a Python that has the package `milvus`; the command finds the server's address in FABRIC_MILVUS.
"""

import os
import subprocess
import sys
import tempfile

from milvus import MilvusServer, MilvusServerConfig

# Each binds all interfaces unless it is told an address.
ROLES = ["rootCoord", "proxy", "queryCoord", "queryNode", "indexCoord", "indexNode", "dataCoord", "dataNode"]


def main(command):
    with tempfile.TemporaryDirectory(prefix="milvus-") as folder:
        config = MilvusServerConfig(data_dir=folder)
        for role in ROLES:
            config.set(f"{role}.ip", "127.0.0.1")
        server = MilvusServer(config)
        try:
            server.start()
            address = f"http://127.0.0.1:{server.listen_port}"
            return subprocess.call(command, env=os.environ | {"FABRIC_MILVUS": address})
        finally:
            if server.server_proc:
                server.server_proc.kill()  # it takes long to stop otherwise
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
