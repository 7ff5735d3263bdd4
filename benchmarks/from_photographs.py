"""From a shop's photographs to an index that can be asked: the commands of the README, one after another.

  python benchmarks/from_photographs.py                       # 200 drawn fabrics, 6 photographs each
  python benchmarks/from_photographs.py --photos_dir=DIR      # photographs of your own

The peer is the backbone alone: all photographs once through it, 32 at a time, from pixels in memory.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app, flags
from side_by_side import machine, print_table
from tqdm import tqdm

FLAGS = flags.FLAGS
flags.DEFINE_string("photos_dir", None, "Photographs, one folder a fabric. Default: drawn ones.")
flags.DEFINE_integer("fabrics", 200, "Drawn fabrics.", lower_bound=4)
flags.DEFINE_integer("photos", 6, "Photographs of each.", lower_bound=2)
flags.DEFINE_string("dataset", "fird/rendered_mini", "Whose photographs they are, prepared if need be.")
flags.DEFINE_string("flagfile_of_training", "configs/best.flags", "Training flags.")
flags.DEFINE_string("folder", None, "Where photographs, run and index are kept. Default: a temporary one.")

ROOT = Path(__file__).parents[1]
BATCH = 32


def write_photographs(folder):
    """The first photographs of fabrics that have enough of them, as folders of files."""
    import fird
    from fabric_retrieval.data.collection import images_by_fabric

    builder, found = fird.prepare(FLAGS.dataset), {}
    for split in sorted(builder.info.splits):
        for fabric, images in images_by_fabric(builder, split).items():
            found.setdefault(fabric, []).extend(images)
    enough = [fabric for fabric in sorted(found) if len(found[fabric]) >= FLAGS.photos][: FLAGS.fabrics]
    if len(enough) < FLAGS.fabrics:
        raise app.UsageError(f"{FLAGS.dataset} has only {len(enough)} fabrics of {FLAGS.photos} photographs.")
    for fabric in enough:
        (folder / fabric).mkdir(parents=True)
        for number, image in enumerate(found[fabric][: FLAGS.photos]):
            (folder / fabric / f"{number}.jpg").write_bytes(image)
    return folder


def commands(photos, folder):
    """Name and arguments of each step."""
    run, index = folder / "run", folder / "index"
    fabric_index = [sys.executable, "-c", "from fabric_retrieval.search.commands.index import run; run()"]
    train = [sys.executable, "train.py", f"--flagfile={FLAGS.flagfile_of_training}"]
    return {
        "train.py": [*train, f"--photos_dir={photos}", f"--run_dir={run}", f"--data_dir={folder / 'data'}"],
        "fabric-index create": [*fabric_index, "create", f"--index={index}", f"--run_dir={run}"],
        "fabric-index add": [*fabric_index, "add", f"--index={index}", str(photos)],
    }


def seconds_of(command):
    path = os.pathsep.join([str(ROOT), str(ROOT / "datasets"), os.environ.get("PYTHONPATH", "")])
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, check=True)
    return time.perf_counter() - start


def peer_seconds(count):
    """Seconds that the backbone takes for so many photographs."""
    import tensorflow as tf

    from fabric_retrieval.models.backbones import build_backbone

    network = build_backbone("efficientnet_lite0", 227).network
    run = tf.function(lambda images: network(images, training=False))
    batch = tf.constant(np.random.default_rng(0).uniform(0, 255, (BATCH, 227, 227, 3)), tf.float32)
    run(batch)
    start = time.perf_counter()
    for _ in tqdm(range(-(-count // BATCH)), "the backbone alone", unit=" batches", leave=False):
        run(batch)
    return time.perf_counter() - start


def main(argv):
    del argv
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(FLAGS.folder or temporary).resolve()
        photos = (
            Path(FLAGS.photos_dir).resolve() if FLAGS.photos_dir else write_photographs(folder / "photos")
        )
        count = sum(path.is_file() for path in photos.rglob("*"))
        peer = peer_seconds(count)
        taken = {name: seconds_of(command) for name, command in commands(photos, folder).items()}
    taken["all"] = sum(taken.values())
    print(f"{count:,} photographs; {machine('tensorflow')}\n")
    rows = [[name, f"{seconds:.0f} s", f"{seconds / peer:.1f}"] for name, seconds in taken.items()]
    rows.append(["the backbone alone, each photograph once", f"{peer:.0f} s", "1.0"])
    print_table(["step", "time", "of the backbone's"], rows)


if __name__ == "__main__":
    app.run(main)
