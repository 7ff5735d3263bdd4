"""Says which fabrics of an index photographs show.

  fabric-search --index=catalogue cloth.jpg
  fabric-search --index=catalogue cloth.jpg --crop=120,80,600,600   # x,y,width,height of the upright picture
  fabric-search --index=catalogue *.jpg --montage=found.png         # with the pictures that were found
  fabric-search --index=catalogue cloth.jpg --k=50 --json > answer.json
  fabric-search --index=catalogue cloth.jpg --views=4               # also turned by 90, 180 and 270 degrees
  fabric-search --index=catalogue --pattern_index=patterns --match=pattern cloth.jpg   # in any colour
  fabric-search --index=http://localhost:19530/catalogue cloth.jpg --model=grpc://localhost:8500/fabric

The nearest --k images are looked at; a fabric's distance is that of its nearest image, squared. How sure the
first fabric is, and whether the photograph is of a fabric of the index at all, is told by an index that was
created with --run_dir or calibrated; below a half it says "none of ours". Photographs that cannot be used are
told at the end, and the command then exits with 1.
"""

import functools
import json
import sys
from pathlib import Path

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.search.commands import console
from fabric_retrieval.search.matching import MATCHES
from fabric_retrieval.search.views import LISTED, MOST


def define_flags(flag_values=flags.FLAGS):
    """Defines them."""
    string, integer, boolean, enum = (
        functools.partial(define, flag_values=flag_values)
        for define in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_boolean, flags.DEFINE_enum)
    )
    string("index", None, "Folder, server or *.db file of the index, as for fabric-index.", required=True)
    string(
        "model",
        None,
        "Where the model of the index that is asked is now: its folder, or grpc://host:port[/name]. Default: "
        "where it was.",
    )
    enum("match", "fabric", MATCHES, "What is looked for: this fabric; or its pattern, in any colour.")
    string("pattern_index", None, "For --match=pattern: the index by a model that was trained for patterns.")
    integer(
        "views",
        1,
        f"Views of each photograph whose vectors are averaged: {LISTED}",
        lower_bound=1,
        upper_bound=MOST,
    )
    string("crop", None, "Look at this region only: x,y,width,height in pixels of the upright photograph.")
    integer("k", 24, "Nearest images to look at.", lower_bound=1)
    boolean("json", False, "Answer in JSON instead of tables.")
    string("montage", None, "Draw photographs and answers into this picture, *.png or *.jpg.")
    flags.register_multi_flags_validator(
        ["json", "montage"],
        lambda given: not (given["json"] and given["montage"]),
        "give either --json or --montage",
        flag_values=flag_values,
    )


def main(argv):
    if len(argv) < 2:
        raise app.UsageError("Which photographs are to be searched? Give their files.")
    flag_groups.prepare_tensorflow()
    values = flags.FLAGS
    with errors.brief():
        bad = search(argv[1:], values)
    if bad:
        sys.exit("\n".join(f"Not searched: {path}: {reason}" for path, reason in bad))


def search(paths, values):
    """Answers for the photographs that can be used; returns [(path, reason), …] of the others."""
    from fabric_retrieval.search import montage, telling
    from fabric_retrieval.search.asking import ask
    from fabric_retrieval.search.index import open_index
    from fabric_retrieval.search.matching import check_pattern_index, location_of
    from fabric_retrieval.search.models import model_of
    from fabric_retrieval.search.photograph import parse_crop

    crop = parse_crop(values.crop)
    location = location_of(values.match, values.index, values.pattern_index)
    if values.montage:
        montage.check_path(values.montage)
    photographs, bad = read_all(paths, crop)
    with open_index(location) as index:
        if values.match == "pattern":
            check_pattern_index(index)
        answers = []
        if photographs:
            photographs, vectors, refused = embed(model_of(index, values.model), photographs, values.views)
            bad += refused
            answers = ask(index, vectors, values.k)
        if values.json:
            told = telling.as_json(index, photographs, crop, answers, bad)
            print(json.dumps(told | {"match": values.match, "views": values.views}, indent=2))
        elif values.montage and answers:
            montage.save(telling.as_montage(index, photographs, answers), values.montage)
            print(f"{len(answers)} photographs and what was found: {values.montage}")
        elif answers:
            print("\n\n".join(map(telling.as_table, photographs, answers)))
    return bad


def read_all(paths, crop):
    """({path: upright JPEG of the region}, [(path, reason), …])."""
    from fabric_retrieval.data.photographs import MAX_PIXELS, PhotographError
    from fabric_retrieval.search.catalogue import read
    from fabric_retrieval.search.photograph import cropped

    photographs, bad = {}, []
    for path in dict.fromkeys(paths):
        try:
            data, _ = read(Path(path).expanduser())
            photographs[path] = cropped(data, crop, len(data), MAX_PIXELS)  # the limits of a catalogue
        except PhotographError as error:
            bad.append((path, error.reason))
        except errors.UserError as error:
            bad.append((path, str(error)))
    return photographs, bad


def embed(describer, photographs, views=1):
    """({path: JPEG}, [N, D] float32, [(path, reason), …]): the last of what the model refuses."""
    import numpy as np

    from fabric_retrieval.search.embedding import BATCH, described
    from fabric_retrieval.search.views import mean_vector, views_of

    paths, vectors, reasons = list(photographs), [], []
    at_once = max(1, BATCH // views)
    for start in range(0, len(paths), at_once):
        seen = [views_of(photographs[path], views) for path in paths[start : start + at_once]]
        part, why = described(describer, [view for of_one in seen for view in of_one])
        vectors += [mean_vector(of_one) for of_one in part.reshape(len(seen), views, -1)]
        reasons += [next(filter(None, why[first : first + views]), "") for first in range(0, len(why), views)]
    fine = [row for row, reason in enumerate(reasons) if not reason]
    refused = [(path, reason) for path, reason in zip(paths, reasons, strict=True) if reason]
    return {paths[row]: photographs[paths[row]] for row in fine}, np.stack(vectors)[fine], refused


def run():
    """The console script."""
    define_flags()
    console.start(main, __doc__, __name__)


if __name__ == "__main__":
    run()
