"""Files of a bulk job: on a file system that all workers share, or an object store (gs://…)."""

import csv
import io
import os

from etils import epath

from fabric_retrieval.atomic import replacing
from fabric_retrieval.errors import UserError


def pyarrow():
    """The modules (pyarrow, pyarrow.parquet).

    Raises:
        UserError: not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserError("Parquet needs pyarrow: pip install 'fabric-retrieval[beam]'.") from error
    return pyarrow, pyarrow.parquet


def absolute(path):
    """An `epath.Path`, absolute also from another folder or process."""
    return epath.Path(path) if "://" in str(path) else epath.Path(os.path.abspath(path))


def write(path, data):
    """Writes bytes so that the file is there whole or not at all."""
    path = epath.Path(path)
    if "://" in str(path):  # an object store shows a file once it is whole
        path.write_bytes(data)
        return
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_bad(path, bad):
    """Writes [(image id, reason), …] as a CSV; none leave no file."""
    if not bad:
        epath.Path(path).unlink(missing_ok=True)
        return
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("image_id", "reason"), *bad])
    write(path, file.getvalue().encode())


def read_bad(path):
    """[(image id, reason), …] of a CSV of `write_bad`."""
    rows = csv.reader(io.StringIO(epath.Path(path).read_bytes().decode(), newline=""))
    return [tuple(row) for row in rows][1:]
