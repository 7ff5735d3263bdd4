"""What several views of a query gain and cost: photographs as they are, and turned and enlarged at random.

  python benchmarks/query_views.py --run_dir=runs/mine                        # its own test fabrics
  python benchmarks/query_views.py --run_dir=runs/mine --photos_dir=DIR       # half of these fabrics

Queries are the collection's own, the gallery stays as it is. "turned": each query is turned by any angle,
and its middle, a square of 0.5 to 0.7 of its shorter side, is enlarged. Time is from an upright JPEG to its
vector, one query after the other, the median; the search among vectors is not in it.
"""

import io
import time

import numpy as np
from absl import app, flags
from PIL import Image
from tqdm import tqdm

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups

FLAGS = flags.FLAGS
RESAMPLES = 1000

flags.DEFINE_string("run_dir", None, "Folder of a finished run of train.py.", required=True)
flags.DEFINE_string(
    "photos_dir", None, "Photographs, one folder a fabric. Default: the run's own collection."
)
flags.DEFINE_string("data_dir", None, "Where collections are kept. Default: ~/tensorflow_datasets.")
flags.DEFINE_list("views", "1,2,4,6", "Numbers of views.")
flags.DEFINE_integer("queries", 300, "At most, chosen at random.", lower_bound=1)
flags.DEFINE_integer("seed", 0, "Of the choice, of the turns and of the bootstrap.", lower_bound=0)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    with errors.brief():
        compare(FLAGS)


def compare(values):
    """Prints the table."""
    import fird
    from fabric_retrieval.evaluation.embedder import Embedder
    from fabric_retrieval.evaluation.features import load_or_compute
    from fabric_retrieval.evaluation.measured import collection_of
    from fabric_retrieval.evaluation.report import aligned
    from fabric_retrieval.evaluation.run_folder import open_run
    from fabric_retrieval.search.creating import data_flags
    from fabric_retrieval.search.describer import Describer

    run = open_run(values.run_dir)
    describer = Describer(run / "saved_model")
    if values.photos_dir:
        builder = fird.prepare(photos_dir=values.photos_dir, data_dir=values.data_dir, bad_photos="skip")
    else:
        own = data_flags(run / "flags.txt")
        if values.data_dir:
            own["data_dir"] = values.data_dir
        builder = collection_of(describer.metadata, own)
    method = describer.metadata["flags"].get("method", "model")  # eval.py's name for them
    gallery = load_or_compute(Embedder(run / "saved_model"), method, builder, "gallery", run / "features")
    queries = chosen_queries(builder, values.queries, values.seed)
    rng = np.random.default_rng(values.seed)
    turned = [query | {"image": disturbed(query["image"], rng)} for query in queries]
    describer([queries[0]["image"]])  # builds what the first call builds
    lines = [["views", "map", "95 % CI", "hit@1", "turned: map", "95 % CI", "hit@1", "ms a query"]]
    for views in tqdm([int(number) for number in values.views], "measuring", unit=" numbers of views"):
        plain, seconds = measured(describer, queries, gallery, views, values.seed)
        other, _ = measured(describer, turned, gallery, views, values.seed)
        lines.append([str(views), *told(plain), *told(other), f"{1000 * np.median(seconds):.0f}"])
    images = f"{len(gallery.ids)} images of {len(np.unique(gallery.fabrics))} fabrics"
    print(f"{builder.info.full_name}: {len(queries)} queries, {images}")
    print(aligned(lines))


def chosen_queries(builder, count, seed):
    """Examples of the split "query": dicts of image (bytes), image_id, fabric and group (str)."""
    from fabric_retrieval.data.collection import encoded_images

    found = [
        {"image": one["image"]} | {name: one[name].decode() for name in ("image_id", "fabric", "group")}
        for one in encoded_images(builder, "query").as_numpy_iterator()
    ]
    found.sort(key=lambda query: query["image_id"])
    chosen = np.random.default_rng(seed).permutation(len(found))[:count]
    return [found[number] for number in np.sort(chosen)]


def disturbed(jpeg, rng):
    """The picture turned by any angle about its middle, of which a square is kept, as PNG bytes."""
    angle, enlargement = rng.uniform(0, 360), 2 ** rng.uniform(0, 0.5)
    with Image.open(io.BytesIO(jpeg)) as image:
        picture = image.convert("RGB").rotate(angle, Image.Resampling.BICUBIC)
    side = min(picture.size) / 2**0.5 / enlargement  # within which nothing from beyond the border is seen
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    buffer = io.BytesIO()
    picture.crop([round(edge) for edge in (left, top, left + side, top + side)]).save(buffer, "PNG")
    return buffer.getvalue()


def measured(describer, queries, gallery, views, seed):
    """(`retrieval_metrics`, seconds of each query)."""
    from fabric_retrieval.evaluation import retrieval_metrics
    from fabric_retrieval.search.views import mean_vector, views_of

    vectors, seconds = [], []
    for query in queries:
        start = time.perf_counter()
        vectors.append(mean_vector(describer(views_of(query["image"], views))))
        seconds.append(time.perf_counter() - start)
    metrics = retrieval_metrics(
        np.stack(vectors),
        np.array([query["fabric"] for query in queries]),
        gallery.features,
        gallery.fabrics,
        (1,),
        np.array([query["image_id"] for query in queries]),
        gallery.ids,
        query_groups=np.array([query["group"] for query in queries]),
        gallery_groups=gallery.groups,
        bootstrap=RESAMPLES,
        seed=seed,
    )
    return metrics, seconds


def told(metrics):
    """Cells: mAP, its interval, hit@1."""
    low, high = metrics["map_ci95"] or (np.nan, np.nan)
    return [f"{metrics['map']:.3f}", f"{low:.3f}-{high:.3f}", f"{metrics['hit_rate@1']:.3f}"]


if __name__ == "__main__":
    app.run(main)
