"""Photographs of a folder through the model: read and checked in threads, embedded in batches, in order."""

from typing import NamedTuple

import numpy as np

from fabric_retrieval.data.photographs import PhotographError, read_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.in_order import in_order
from fabric_retrieval.processes import count_cores
from fabric_retrieval.search.catalogue import read
from fabric_retrieval.search.index import Item

BATCH = 32  # images at once through the model
OLDER = " (the index keeps what it had)"


class Batch(NamedTuple):
    """Photographs that were embedded, and what was found bad since the batch before."""

    items: list  # [N] Item
    known: list  # [N] bool: whether the index has an older image of this id
    vectors: np.ndarray  # [N, D] float32
    bad: list  # [(image id, reason)]


class _Photograph(NamedTuple):
    item: Item
    known: bool
    jpeg: bytes
    reason: str = ""


def embedded(wanted, root, open_describer, batch_size, free_metadata):
    """Yields the `Batch`es of photographs, in their order, `batch_size` of them that can be read in each.

    Args:
        wanted: as in `catalogue.Plan`. root: name of their folder among the index's roots.
        open_describer: as for `adding.add_folder`.
        free_metadata: `FreeMetadata`.
    """
    ready = in_order(lambda pair: _prepared(*pair, root, free_metadata), wanted, count_cores())
    yield from in_order(_embedded, _opened(_batches(ready, batch_size), open_describer))


def described(describer, jpegs):
    """What a model makes of some images, and why it makes nothing of others.

    Args:
        describer: `describer.Describer`. jpegs: [N] bytes.

    Returns:
        ([N, D] float32, [N] str): a row is meaningless where its reason is not "".

    Raises:
        UserError: a subclass of it, as of a model server that does not answer.
    """
    try:
        return describer(jpegs), [""] * len(jpegs)
    except UserError as error:
        if type(error) is not UserError:
            raise  # not the images' fault
        if len(jpegs) == 1:
            return np.zeros((1, describer.dimension), np.float32), [str(error)]
        parts = [described(describer, [jpeg]) for jpeg in jpegs]
        return np.concatenate([part[0] for part in parts]), [part[1][0] for part in parts]


def _prepared(photograph, before, root, free_metadata):
    item = Item(photograph.image_id, photograph.fabric)
    try:
        data, note = read(photograph.path)
        jpeg, facts = read_photograph(data)
    except PhotographError as error:
        return _Photograph(item, before is not None, b"", error.reason)
    size = {name: facts[name] for name in ("width", "height")}
    metadata = free_metadata.applied(before.metadata if before else {}, photograph)
    metadata = metadata | {"root": root, "path": photograph.image_id, "file": note} | size
    return _Photograph(item._replace(metadata=metadata), before is not None, jpeg)


def _batches(photographs, size):
    """Lists of `size` good ones, with the bad ones that came between."""
    batch, good = [], 0
    for photograph in photographs:
        batch.append(photograph)
        good += not photograph.reason
        if good == size:
            yield batch
            batch, good = [], 0
    if batch:
        yield batch


def _opened(batches, open_describer):
    """(describer, batch), the model opened when there is a good photograph."""
    describer = None
    for batch in batches:
        if describer is None and not all(photograph.reason for photograph in batch):
            describer = open_describer()
        yield describer, batch


def _embedded(task):
    """The `Batch` of (describer, [_Photograph, …])."""
    describer, photographs = task
    good = [photograph for photograph in photographs if not photograph.reason]
    bad = [photograph for photograph in photographs if photograph.reason]
    vectors = np.empty((0, 0), np.float32)
    if good:
        vectors, reasons = described(describer, [photograph.jpeg for photograph in good])
        bad += [one._replace(reason=reason) for one, reason in zip(good, reasons, strict=True) if reason]
        fine = [row for row, reason in enumerate(reasons) if not reason]
        good, vectors = [good[row] for row in fine], vectors[fine]
    named = [(one.item.image_id, one.reason + OLDER * one.known) for one in bad]
    return Batch([one.item for one in good], [one.known for one in good], vectors, named)
