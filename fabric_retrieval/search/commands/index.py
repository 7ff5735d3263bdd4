"""Makes an index of photographs, and keeps it up to date.

  fabric-index create --index=catalogue --run_dir=runs/mine
  fabric-index create --index=catalogue --saved_model=runs/mine/saved_model --kind=ivfpq
  fabric-index add --index=catalogue photos             # photos holds one folder of photographs a fabric
  fabric-index add --index=catalogue photos --remove_gone
  fabric-index add --index=catalogue photos --metadata=prices.csv
  fabric-index remove --index=catalogue denim/1.jpg "blue check/4.jpg"
  fabric-index remove --index=catalogue --fabric=denim  # or --folder=photos, or --gone
  fabric-index calibrate --index=catalogue
  fabric-index info --index=catalogue --json

add looks at files that are new or have changed, and no others; the same command again brings the index up to
date, also after a kill. Files that cannot be used are listed with the reason and left out. Photographs are
known by their paths below the folder, as denim/1.jpg.

--metadata gives photographs prices, suppliers, article numbers or whatever else is to be shown with them. The
CSV (UTF-8, commas or semicolons, the names of its columns in the first line) has a column fabric, whose rows
are for all photographs of a fabric, or a column image, with rows for single photographs. The other columns
are yours; only the names root, path, file, width and height are taken. With one CSV of each sort,
--metadata=A.csv --metadata=B.csv, what the row of a photograph says counts before that of its fabric. Rows
replace all free metadata of their photographs, so that a column that is no longer in the CSV vanishes;
photographs without a row keep theirs, as all do when add is run without --metadata. Nothing is embedded again
for it.

calibrate learns anew how sure answers are: from photographs of the index, each asked for as if it were not
there. create --run_dir has learnt it from the run's held-out fabrics, which may be other cloth than yours.

With --index=http://localhost:19530/catalogue a Milvus server keeps the index.
"""

import collections
import json

from absl import flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.search.commands import console, index_flags

UNUSED_TOLD = 20  # a price list may hold many fabrics that were never photographed


def main(argv):
    command, arguments = index_flags.check(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        COMMANDS[command](flags.FLAGS, arguments)


def create(values, _):
    """An empty index of a run's or another SavedModel's vectors."""
    from fabric_retrieval.search.creating import create_for_model, create_for_run

    if values.run_dir:
        index = create_for_run(values.index, values.run_dir, values.kind)
    else:
        index = create_for_model(values.index, values.saved_model, values.kind)
    with index:
        sure = "" if index.calibration else ", which will not say how sure they are"
        print(f"Made an empty index for {index.description.model_name}{sure}: {values.index}")


def add(values, folders):
    """Brings the index up to date with each folder in turn."""
    from fabric_retrieval.search.adding import add_folder
    from fabric_retrieval.search.catalogue import check_not_among
    from fabric_retrieval.search.free_metadata import read_csv
    from fabric_retrieval.search.index import open_index
    from fabric_retrieval.search.models import model_of

    for folder in folders:
        check_not_among(values.index, folder)
    metadata, unused = read_csv(*values.metadata), collections.Counter()
    with open_index(values.index) as index:
        for folder in folders:
            summary = add_folder(
                index,
                folder,
                lambda: model_of(index, values.model),
                values.remove_gone,
                values.batch_size,
                values.save_every,
                metadata,
            )
            print(told(summary, folder, index.count()))
            unused.update(summary.unused)
    if left := [row for row, times in unused.items() if times == len(folders)]:
        print(unused_told(left, folders))


def told(summary, folder, count):
    """The lines that tell of an addition."""
    lines = [
        f"{folder}: {summary.added:,} added, {summary.changed:,} changed, {summary.unchanged:,} as before, "
        f"{summary.removed:,} removed; {count:,} images in the index."
    ]
    if summary.described:
        lines.append(f"{summary.described:,} of those as before have got other metadata.")
    if summary.gone:
        gone = f"{len(summary.gone):,} files are gone"
        lines.append(f"{gone}; --remove_gone takes their images out of the index:")
        lines += [f"  {image_id}" for image_id in summary.gone]
    if summary.bad:
        lines.append(f"{len(summary.bad):,} could not be used:")
        lines += [f"  {name}: {reason}" for name, reason in summary.bad]
    return "\n".join(lines)


def unused_told(unused, folders):
    """The lines that tell of metadata that no photograph has got."""
    lines = [f"{len(unused):,} rows of metadata name nothing in {' or '.join(folders)}:"]
    lines += [f"  {row}" for row in unused[:UNUSED_TOLD]]
    if len(unused) > UNUSED_TOLD:
        lines.append(f"  and {len(unused) - UNUSED_TOLD:,} more")
    return "\n".join(lines)


def remove(values, image_ids):
    """Removes images by id, by fabric, by folder or because their files are gone."""
    from fabric_retrieval.search import removing
    from fabric_retrieval.search.index import open_index

    with open_index(values.index) as index:
        if values.fabric:
            image_ids = removing.of_fabric(index, values.fabric)
        elif values.folder:
            image_ids = removing.of_folder(index, values.folder)
        elif values.gone:
            image_ids = removing.gone(index)
        else:
            removing.check_known(index, image_ids)
        count = index.remove(image_ids)
        index.save()
        print(f"{count:,} images removed; {index.count():,} in the index.")


def calibrate(values, _):
    """Learns from the catalogue's own photographs how sure answers are."""
    from fabric_retrieval.search.calibrating import calibrated_by_itself
    from fabric_retrieval.search.index import open_index

    with open_index(values.index) as index:
        index.calibration, right = calibrated_by_itself(index, values.queries, values.seed)
        index.save()
        asked = f"{index.calibration.queries:,} of {index.count():,} photographs were asked for"
        print(f"{asked}: {right:.0%} found their own fabric first.")


def info(values, _):
    """Tells what an index holds."""
    from fabric_retrieval.search.index import open_index

    with open_index(values.index) as index:
        found = index.info() | {"settings": index.settings}
    if values.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    width = max(len(name) for name in found)
    for name, value in found.items():
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
        print(f"{name:{width}}  {text:,}" if type(value) is int else f"{name:{width}}  {text}")


COMMANDS = {"create": create, "add": add, "remove": remove, "calibrate": calibrate, "info": info}


def run():
    """The console script."""
    index_flags.define_flags()
    console.start(main, __doc__, index_flags.__name__)


if __name__ == "__main__":
    run()
