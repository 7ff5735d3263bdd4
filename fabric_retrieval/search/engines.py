"""What finds rows by their vectors, in memory: a thin layer over faiss. Rows are numbered."""

import math

import numpy as np

from fabric_retrieval.errors import UserError

MOST_FLAT = 100_000  # images; beyond, "auto" searches a graph
LEAST_CODED = 10_000  # images; before, "ivfpq" has too few to learn its codes from
PER_LIST = 39  # least images to train a list by, as faiss advises
SAMPLED_PER_LIST = 64  # images a list that train it
LINKS = 32  # of a node of the graph
EF_CONSTRUCTION = 200  # candidates for a node's links
EF_SEARCH = 256  # candidates while the graph is searched
CODE_BYTES = 32  # of an image, at most
CODED_CANDIDATES = 100  # those whose codes are nearest are compared by their vectors
CHUNK = 65_536  # rows handed over at once
SEED = 0  # of the images that codes are learned from


def faiss():
    """The module.

    Raises:
        UserError: it is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise UserError(
            "An index in a folder needs faiss: pip install 'fabric-retrieval[search]'."
        ) from error
    return faiss


class Engine:
    """Rows in a faiss index.

    Attributes:
        complete: whether every row is compared. has_file: whether there is more to keep than the vectors.
        entry: what a manifest says of its file; None: not written since rows were added.
    """

    complete, has_file, entry = False, False, None

    def add(self, vectors):
        """vectors: [n, D] float32."""
        self.entry = None
        for start in range(0, len(vectors), CHUNK):
            self._index.add(vectors[start : start + CHUNK])

    def outgrown(self, rows):
        """Whether an engine made anew would suit so many rows much better."""
        return False


class Flat(Engine):
    """Every row is compared, in float32."""

    name, complete = "flat", True

    def __init__(self, dimension):
        self._index = faiss().IndexFlatL2(dimension)

    def candidates(self, k):
        """How many to ask for, so that the nearest k are surely, or very likely, among them."""
        return k + 16

    def nearest(self, queries, count, effort):
        """The nearest rows, roughly.

        Args:
            queries: [Q, D] float32. count: at most as many as there are rows.
            effort: how many times as thoroughly to search, 1 the usual.

        Returns:
            (rows [Q, count] int64, distances [Q, count] float32, ascending); row -1 where none was found.
        """
        distances, rows = self._index.search(queries, count)
        return rows, distances


class Hnsw(Engine):
    """A graph of neighbours (Malkov and Yashunin 2018)."""

    name, has_file = "hnsw", True

    def __init__(self, dimension):
        self._index = faiss().IndexHNSWFlat(dimension, LINKS)
        self._index.hnsw.efConstruction = EF_CONSTRUCTION

    def candidates(self, k):
        return k + 8

    def nearest(self, queries, count, effort):
        parameters = faiss().SearchParametersHNSW()
        parameters.efSearch = max(EF_SEARCH * effort, count)
        distances, rows = self._index.search(queries, count, params=parameters)
        return rows, distances

    def write(self, file):
        """Writes the graph without the vectors, which are kept elsewhere, to an object with `write`."""
        _write(self._index, file, faiss().IO_FLAG_SKIP_STORAGE)

    @classmethod
    def read(cls, path, parts, dimension):
        """The engine of a file. parts: the `Part`s whose rows it holds."""
        engine, storage = cls.__new__(cls), Flat(dimension)
        for part in parts:
            storage.add(part.vectors)
        engine._index = _read(path)
        engine._index.storage, engine._index.own_fields = storage._index, False
        engine._storage = storage  # Python must not free it before the graph
        return engine


class IvfPq(Engine):
    """Short codes in inverted lists (Jégou et al. 2011): the least memory."""

    name, has_file = "ivfpq", True

    def __init__(self, dimension, sample, rows):
        """sample: [n, D] float32 to train by. rows: how many there will be, about."""
        quantizer = faiss().IndexFlatL2(dimension)
        self._index = faiss().IndexIVFPQ(quantizer, dimension, lists_for(rows), code_bytes(dimension), 8)
        self._index.train(sample)

    def candidates(self, k):
        return max(CODED_CANDIDATES, 4 * k)

    def nearest(self, queries, count, effort):
        parameters = faiss().SearchParametersIVF()
        parameters.nprobe = min(self._index.nlist, probes(self._index.nlist) * effort)
        distances, rows = self._index.search(queries, count, params=parameters)
        return rows, distances

    def outgrown(self, rows):
        return lists_for(rows) > 2 * self._index.nlist  # four times as many rows as it was made for

    def write(self, file):
        _write(self._index, file)

    @classmethod
    def read(cls, path, parts, dimension):
        engine = cls.__new__(cls)
        engine._index = _read(path)
        return engine


ENGINES = {engine.name: engine for engine in (Flat, Hnsw, IvfPq)}


def suiting(kind, count, there="flat"):
    """The name of the engine for an index of a kind that holds `count` images, if that of now is `there`."""
    if kind == "auto":
        return "hnsw" if there == "hnsw" or count > MOST_FLAT else "flat"
    if kind == "ivfpq":
        return "ivfpq" if there == "ivfpq" or count >= LEAST_CODED else "flat"
    return "hnsw" if kind == "hnsw" and count else "flat"


def build(name, rows, dimension):
    """The engine called `name` of all `Rows`, also those of removed images."""
    if name == IvfPq.name:
        numbers = np.arange(len(rows))
        most = SAMPLED_PER_LIST * lists_for(len(rows))
        if most < len(rows):
            numbers = np.sort(np.random.default_rng(SEED).choice(len(rows), most, replace=False))
        engine = IvfPq(dimension, rows.vectors(numbers), len(rows))
    else:
        engine = ENGINES[name](dimension)
    for part in rows.parts:
        engine.add(part.vectors)
    return engine


def lists_for(rows):
    """Of how many lists an inverted index of so many rows is made."""
    return max(1, min(round(4 * math.sqrt(rows)), rows // PER_LIST))


def probes(lists):
    """How many of so many lists are searched."""
    return max(16, lists // 8)


def code_bytes(dimension):
    """The bytes of a code, each of which stands for as many dimensions.

    Raises:
        UserError: the dimension cannot be divided so.
    """
    most = max(size for size in range(1, CODE_BYTES + 1) if dimension % size == 0)
    if most < min(8, dimension):
        raise UserError(
            f"--kind=ivfpq divides the {dimension} dimensions of a vector into 8 to {CODE_BYTES} equal "
            "parts, and these cannot be. Use another kind."
        )
    return most


def squares_by_number(queries, vectors, numbers):
    """Squared L2 distances in float32, in threads.

    Args:
        queries: [Q, D] float32. vectors: [N, D] float32. numbers: [Q, C] int64, of vectors; -1 for none.

    Returns:
        [Q, C] float32; where the number is -1, anything.
    """
    lengths = np.empty(numbers.shape, np.float32)
    arrays = (lengths, queries, vectors, numbers)
    pointers = (faiss().swig_ptr(array) for array in arrays)
    faiss().fvec_L2sqr_by_idx(*pointers, queries.shape[1], *numbers.shape)
    return lengths


def _write(index, file, flags=0):
    faiss().write_index(index, faiss().PyCallbackIOWriter(file.write, 1 << 20), flags)


def _read(path):
    with open(path, "rb") as file:
        return faiss().read_index(faiss().PyCallbackIOReader(file.read, 1 << 20))
