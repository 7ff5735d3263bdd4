"""The sides of search_engines.py, each made in a process of its own."""

import time
from pathlib import Path

import faiss
import numpy as np
from side_by_side import anonymous_memory

from fabric_retrieval.search import Description, Item, create_index, engines, open_index

ADDED = 10_000  # images at once
K = 10


class Side:
    """An index of the vectors in `folder`/vectors.npy; what is measured is in seconds and bytes."""

    def __init__(self, folder, kind):
        self.folder, self.kind = Path(folder), kind
        self.vectors = np.load(self.folder / "vectors.npy", mmap_mode="r")
        self.queries = np.load(self.folder / "queries.npy")

    def open(self):
        """(seconds, bytes of memory) that opening takes, and a first search."""
        before, start = anonymous_memory(), time.perf_counter()
        self.load()
        self.find(self.queries[:2])
        return time.perf_counter() - start, anonymous_memory() - before

    def together(self):
        """Seconds for all queries at once."""
        start = time.perf_counter()
        self.find(self.queries)
        return time.perf_counter() - start

    def alone(self, count):
        """Seconds for each of `count` queries, one after the other."""
        start = time.perf_counter()
        for query in self.queries[:count]:
            self.find(query[np.newaxis])
        return (time.perf_counter() - start) / count

    def found(self):
        """[Q, K] int64, numbers of the images."""
        return self.numbers(self.find(self.queries))


class Ours(Side):
    def build(self):
        """Seconds from nothing to a saved index."""
        start = time.perf_counter()
        description = Description("0" * 64, "drawn", self.vectors.shape[1])
        with create_index(self.path, description, self.kind) as index:
            for first in range(0, len(self.vectors), ADDED):
                numbers = range(first, min(first + ADDED, len(self.vectors)))
                index.add([item(number) for number in numbers], self.vectors[first : first + ADDED])
            index.save()
        return time.perf_counter() - start

    @property
    def path(self):
        return self.folder / f"ours-{self.kind}"

    def load(self):
        self.index = open_index(self.path)

    def find(self, queries):
        return self.index.search(queries, K)

    def numbers(self, found):
        return np.array([[hit.metadata["number"] for hit in hits] for hits in found])


class Plain(Side):
    """faiss with the same parameters; numbers, no names. refined: with the vectors, in memory, for ivfpq."""

    def __init__(self, folder, kind, refined=False):
        super().__init__(folder, kind)
        self.refined = refined

    def build(self):
        start, dimension = time.perf_counter(), self.vectors.shape[1]
        if self.kind == "flat":
            index = faiss.IndexFlatL2(dimension)
        elif self.kind == "hnsw":
            index = faiss.IndexHNSWFlat(dimension, engines.LINKS)
            index.hnsw.efConstruction = engines.EF_CONSTRUCTION
        else:
            lists = engines.lists_for(len(self.vectors))
            quantizer = faiss.IndexFlatL2(dimension)
            index = faiss.IndexIVFPQ(quantizer, dimension, lists, engines.code_bytes(dimension), 8)
            rng = np.random.default_rng(engines.SEED)
            most = min(len(self.vectors), engines.SAMPLED_PER_LIST * lists)
            index.train(self.vectors[np.sort(rng.choice(len(self.vectors), most, replace=False))])
        if self.refined:
            index = faiss.IndexRefineFlat(index)
        for first in range(0, len(self.vectors), ADDED):
            index.add(np.ascontiguousarray(self.vectors[first : first + ADDED]))
        faiss.write_index(index, str(self.path))
        return time.perf_counter() - start

    @property
    def path(self):
        return self.folder / f"plain-{self.kind}{'-refined' * self.refined}"

    def load(self):
        self.index = faiss.read_index(str(self.path))
        base = faiss.downcast_index(self.index.base_index) if self.refined else self.index
        if self.kind == "hnsw":
            base.hnsw.efSearch = engines.EF_SEARCH
        if self.kind == "ivfpq":
            base.nprobe = engines.probes(base.nlist)
        if self.refined:
            self.index.k_factor = engines.CODED_CANDIDATES / K

    def find(self, queries):
        return self.index.search(queries, K)

    def numbers(self, found):
        return found[1]


def item(number):
    """With metadata as `fabric-index add` keeps them."""
    name = f"fabric {number // 5:06d}/{number:07d}.jpg"
    file = {
        "size": 90_000 + number,
        "mtime_ns": 1_790_000_000_000_000_000 + number,
        "sha256": f"{number:064x}",
    }
    return Item(name, f"fabric {number // 5:06d}", {"number": number, "file": file, "path": name})
