"""A run's model for TensorFlow Serving: SavedModel → MODELS/NAME/VERSION/, with requests to warm up with.

  python -m fabric_retrieval.serving --saved_model=RUN/saved_model --models=models
  docker compose -f deploy/docker-compose.yml up
  fabric-serve --index=INDEX --model=grpc://127.0.0.1:8500/fabric

The same command again adds the next version, which a running server takes up by itself. docs/tf_serving.md
says more.
"""

from absl import app, flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups

flags.DEFINE_string("saved_model", None, "Folder of the model, RUN/saved_model.", required=True)
flags.DEFINE_string("models", None, "Folder of the models that TF Serving is given.", required=True)
flags.DEFINE_string("name", "fabric", "Name of the model, in the server and its URLs.")
flags.DEFINE_integer("version", 0, "Version; a server takes the highest. 0: the next.", lower_bound=0)
flags.DEFINE_list("warmup_photos", [], "Photographs to warm up with. Default: drawn ones.")


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    values = flags.FLAGS
    with errors.brief():
        from fabric_retrieval.serving.layout import lay_out  # no TensorFlow before the flags are right

        print(lay_out(values.saved_model, values.models, values.name, values.version, values.warmup_photos))


if __name__ == "__main__":
    app.run(main)
