"""Features of very many images by Apache Beam: SavedModel, images → Parquet (image_id, fabric, embedding).

  python -m fabric_retrieval.bulk --saved_model=RUN/saved_model --dataset=fird/NAME --split=gallery --out=DIR
  python -m fabric_retrieval.bulk --saved_model=RUN/saved_model --photos_dir=PHOTOS --out=DIR \
      --beam_options="--direct_running_mode=multi_processing --direct_num_workers=2"

Images that cannot be read are listed with the reason in DIR/bad-*.csv, and the job goes on. Interrupted or
killed, the same command goes on with the shards that are missing. fabric_retrieval.bulk.load(DIR) reads the
result.
"""

import shlex

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.bulk import flags as bulk_flags

bulk_flags.define_flags()
flags.adopt_module_key_flags(bulk_flags)


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    values = flags.FLAGS
    with errors.brief():
        from fabric_retrieval.bulk.images import open_images
        from fabric_retrieval.bulk.job import extract  # no TensorFlow before the flags are right

        images = open_images(
            values.dataset, values.split, values.data_dir, values.photos_dir, values.photos_csv
        )
        summary = extract(
            values.saved_model,
            images,
            values.out,
            values.shards,
            values.batch_size,
            values.beam_runner,
            shlex.split(values.beam_options or ""),
        )
    print(summary)


if __name__ == "__main__":
    app.run(main)
