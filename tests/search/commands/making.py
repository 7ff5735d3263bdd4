"""A describer that keeps count, photographs of made-up cloth, and commands in processes of their own."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
from absl import flags
from PIL import Image

from fabric_retrieval.search.commands import index, index_flags

ROOT = Path(__file__).parents[3]


class Counting:
    """A describer around a real one; `seen` is every image that it was given."""

    def __init__(self, describer):
        self._describer, self.seen, self.opened = describer, [], 0
        self.fingerprint, self.metadata, self.dimension = (
            describer.fingerprint,
            describer.metadata,
            describer.dimension,
        )

    def open(self):
        """As `add_folder` calls it."""
        self.opened += 1
        return self

    def __call__(self, images):
        self.seen += images
        return self._describer(images)


def cloth(rng, shots, side=96):
    """[shots] encoded photographs of one made-up cloth: its colours and stripes, somewhat moved and lit."""
    colours = rng.integers(20, 236, (2, 3))
    angle, period = rng.uniform(0, np.pi), rng.uniform(6, 24)
    y, x = np.mgrid[:side, :side]
    for _ in range(shots):
        phase, light = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.15)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period + phase)[..., None]
        pixels = np.where(wave > 0, *colours) * light + rng.normal(0, 6, (side, side, 3))
        file = io.BytesIO()
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
        yield file.getvalue()


def fill(folder, fabrics, shots, seed=0):
    """Writes photographs of made-up cloths, <folder>/cloth-<number>/<shot>.jpg, and returns the folder."""
    rng = np.random.default_rng(seed)
    for number in range(fabrics):
        (folder / f"cloth-{number:02d}").mkdir(parents=True)
        for shot, data in enumerate(cloth(rng, shots)):
            (folder / f"cloth-{number:02d}" / f"{shot}.jpg").write_bytes(data)
    return folder


def png_header(width, height):
    """A PNG whose header promises so many pixels, and which holds a few bytes of them."""

    def chunk(name, content):
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000)))


def environment():
    """That of this process, in which this checkout's packages are found."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "datasets"), *sys.path])}


def start(command, *arguments, **options):
    """Starts fabric-index or fabric-search (command "index" or "search")."""
    return subprocess.Popen(
        [sys.executable, "-m", f"fabric_retrieval.search.commands.{command}", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        **options,
    )


def parsed(*arguments):
    """(values, command, its arguments) of a command line of fabric-index."""
    values = flags.FlagValues()
    index_flags.define_flags(values)
    return values, *index_flags.check(values(["fabric-index", *map(str, arguments)]), values)


def call(*arguments):
    """Runs fabric-index in this process."""
    values, name, rest = parsed(*arguments)
    index.COMMANDS[name](values, rest)


def run(command, *arguments, **options):
    """(exit status, stdout, stderr) of a finished command."""
    process = start(command, *arguments, **options)
    out, errors = process.communicate()
    return process.returncode, out, errors
