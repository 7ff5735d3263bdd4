"""A run's held-out photographs as files, to try a search with.

  python -m fabric_retrieval.search.demo --run_dir=runs/demo --out=runs/demo-search

OUT/catalogue holds one folder a fabric, the gallery of the run's collection; OUT/try other photographs of
twenty of these fabrics and, in its folder "not in the catalogue", of five that the catalogue was not given.
"""

from pathlib import Path

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.atomic import replacing

FLAGS = flags.FLAGS
TRIED, LEFT_OUT = 20, 5  # fabrics

flags.DEFINE_string("run_dir", None, "Folder of a finished run of train.py.", required=True)
flags.DEFINE_string("out", None, "Folder to write to; what is there already is kept.", required=True)


def write(run_dir, out):
    """Writes the photographs; returns the folder of the catalogue.

    Raises:
        UserError: no finished run, or its collection cannot be prepared again or is only to train on.
    """
    from fabric_retrieval.data.collection import images_by_fabric, require_test_images
    from fabric_retrieval.evaluation.measured import collection_of
    from fabric_retrieval.evaluation.run_folder import open_run
    from fabric_retrieval.export import read_metadata
    from fabric_retrieval.search.creating import data_flags

    run, out = open_run(run_dir), Path(out)
    builder = collection_of(read_metadata(run / "saved_model"), data_flags(run / "flags.txt"))
    require_test_images(builder)
    gallery, queries = images_by_fabric(builder, "gallery"), images_by_fabric(builder, "query")
    fabrics = sorted(fabric for fabric in gallery if fabric in queries)
    left_out = fabrics[:: max(1, len(fabrics) // LEFT_OUT)][:LEFT_OUT]
    for fabric in sorted(set(gallery) - set(left_out)):
        for number, image in enumerate(gallery[fabric]):
            _keep(out / "catalogue" / fabric / f"{number}.jpg", image)
    known = [fabric for fabric in fabrics if fabric not in left_out]
    for fabric in known[:: max(1, len(known) // TRIED)][:TRIED]:
        _keep(out / "try" / f"{fabric}.jpg", queries[fabric][0])
    for fabric in left_out:
        _keep(out / "try" / "not in the catalogue" / f"{fabric}.jpg", queries[fabric][0])
    return out / "catalogue"


def _keep(path, image):
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            temporary.write_bytes(image)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        catalogue = write(FLAGS.run_dir, FLAGS.out)
        print(f"Catalogue: {catalogue}. Photographs to search with: {Path(FLAGS.out) / 'try'}")


if __name__ == "__main__":
    app.run(main)
