"""Serves the search page and its API over an index.

  fabric-serve --run_dir=runs/mine --index=catalogue
  fabric-serve --index=catalogue --host=0.0.0.0 --api_key_file=key.txt   # for phones in the same network
  fabric-serve --index=http://localhost:19530/catalogue --model=grpc://localhost:8500/fabric
  fabric-serve --index=catalogue --pattern_index=patterns      # and the same pattern in any colour

The page is at http://127.0.0.1:8000/, what programs may ask at /openapi.json. Whoever knows the key of
--api_key_file sends it as X-API-Key; a browser asks for it as a password (any user name will do). What
fabric-index adds while the server runs is found within seconds. Ctrl-C ends it.
"""

import functools
import sys
from pathlib import Path

from absl import flags

from fabric_retrieval import errors
from fabric_retrieval import flags as flag_groups
from fabric_retrieval.search.commands import console
from fabric_retrieval.search.matching import check_pattern_index
from fabric_retrieval.search.views import LISTED, MOST
from fabric_retrieval.search.web.settings import Settings

LOCAL = ("127.0.0.1", "localhost")


def define_flags(flag_values=flags.FLAGS):
    """Defines them."""
    string, integer, number = (
        functools.partial(define, flag_values=flag_values)
        for define in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_float)
    )
    string("index", None, "Folder, server or *.db file of the index, as for fabric-index.", required=True)
    string("run_dir", None, "The run whose model made the index.")
    string("model", None, "Instead, the model's folder, or grpc://host:port[/name]. Default: where it was.")
    string(
        "pattern_index",
        None,
        "Index of the same photographs by a model that was trained for patterns: the page then offers both.",
    )
    string("pattern_model", None, "Where that model is now, as for --model. Default: where it was.")
    string("host", "127.0.0.1", "Address to listen at. 0.0.0.0: the whole network's.")
    integer("port", 8000, "Port to listen at. 0: any that is free.", lower_bound=0, upper_bound=65535)
    flags.DEFINE_list(
        "names",
        [],
        "Names that browsers may call the server by, as behind a proxy. Default: any; without a key at "
        "127.0.0.1 only localhost's, so that no web site can ask through a browser.",
        flag_values=flag_values,
    )
    string("api_key_file", None, "File with the key that is asked for. Default: none is.")
    limits = Settings()
    integer(
        "nearest",
        limits.nearest,
        "Photographs that a search looks at.",
        lower_bound=1,
        upper_bound=limits.most_nearest,
    )
    integer(
        "views",
        limits.views,
        f"Views of a photograph that are averaged, where a search does not say: {LISTED}",
        lower_bound=1,
        upper_bound=MOST,
    )
    integer("max_bytes", limits.max_bytes, "Of a request, with its photograph.", lower_bound=1024)
    integer("max_pixels", limits.max_pixels, "Of a photograph.", lower_bound=256)
    number("seconds", limits.seconds, "For a request, its upload included.", lower_bound=0.1)
    integer("queue", limits.queue, "Searches in hand at once; others are told to come back.", lower_bound=1)
    integer("batch", limits.batch, "Photographs that go through the model at once.", lower_bound=1)
    number("wait_ms", limits.wait_ms, "How long the first of a batch waits for others.", lower_bound=0.0)
    flags.register_multi_flags_validator(
        ["run_dir", "model"],
        lambda given: not (given["run_dir"] and given["model"]),
        "give either --run_dir or --model",
        flag_values=flag_values,
    )
    flags.register_multi_flags_validator(
        ["pattern_index", "pattern_model"],
        lambda given: given["pattern_index"] or not given["pattern_model"],
        "--pattern_model is for --pattern_index only",
        flag_values=flag_values,
    )


def main(argv):
    flag_groups.refuse_arguments(argv)
    flag_groups.prepare_tensorflow()
    values = flags.FLAGS
    with errors.brief():
        try:
            serve(values)
        except KeyboardInterrupt:
            sys.exit(0)


def serve(values):
    """Opens model and index, and serves until it is told to end."""
    from fabric_retrieval.search.web import serving
    from fabric_retrieval.search.web.app import make_app

    names = ("nearest", "views", "max_bytes", "max_pixels", "seconds", "queue", "batch", "wait_ms")
    key = read_key(values.api_key_file)
    hosts = tuple(values.names) or (LOCAL if values.host in LOCAL and not key else ())
    settings = Settings(hosts=hosts, api_key=key, **{name: values[name].value for name in names})
    model = str(Path(values.run_dir) / "saved_model") if values.run_dir else values.model
    listening = serving.listen(values.host, values.port)
    pattern = None
    if values.pattern_index:
        pattern = catalogue(values.pattern_index, values.pattern_model)
        check_pattern_index(pattern.index)
    index, describer, reopen = catalogue(values.index, model)
    app = make_app(index, describer, settings, reopen, pattern)
    host, port = listening.getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    print(f"{index.count():,} photographs are searched at http://{host}:{port}/ (Ctrl-C ends it)", flush=True)
    serving.serve(app, listening)


def catalogue(location, model):
    """`Catalogue` of an index and its model, as `models.model_of` finds it."""
    from fabric_retrieval.search.index import open_index
    from fabric_retrieval.search.models import model_of
    from fabric_retrieval.search.web.app import Catalogue

    index = open_index(location)
    describer = model_of(index, model)
    return Catalogue(index, describer, lambda: open_index(location, describer.fingerprint))


def read_key(path):
    """The key in a file, or None without a file. Raises UserError: it holds none, or more than that."""
    if path is None:
        return None
    key = Path(path).expanduser().read_text(encoding="utf-8").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise errors.UserError(f"--api_key_file={path}: expected one line of ASCII characters, the key.")
    return key


def run():
    """The console script."""
    define_flags()
    console.start(main, __doc__, __name__)


if __name__ == "__main__":
    run()
