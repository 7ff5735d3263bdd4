"""Photographs of folders into an index: only what is new or has changed goes through the model."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.catalogue import compare, root_of
from fabric_retrieval.search.checks import is_text
from fabric_retrieval.search.embedding import BATCH, embedded
from fabric_retrieval.search.free_metadata import FreeMetadata
from fabric_retrieval.search.index import Item

SAVE_EVERY = 2000  # images: half a minute's work of two cores
SAVED_SHARE = 50  # of a large index a fiftieth has to be new: the larger it is, the longer it takes to save
AT_ONCE = 1000  # vectors held while only notes change


class Summary(NamedTuple):
    """What an addition has done; `gone` are ids of images whose files are not there any more."""

    added: int
    changed: int
    unchanged: int
    removed: int
    gone: list
    bad: list  # [(name, reason)]
    described: int = 0  # of the unchanged: got other free metadata
    unused: tuple = ()  # rows of the free metadata that name nothing in the folder, as texts


def add_folder(
    index,
    folder,
    open_describer,
    remove_gone=False,
    batch_size=BATCH,
    save_every=SAVE_EVERY,
    free_metadata=None,
):
    """Brings an index up to date with a folder that holds one folder a fabric, and saves it.

    The ids of photographs are their paths below the folder. One whose size and time of change are as noted in
    the index is not read; one whose bytes are is not embedded. After a kill the same call does only what was
    not saved yet, and the index becomes the one that is made in one go.

    Args:
        index: `Index`. folder: path.
        open_describer: called without arguments, at most once, when there is something to embed; returns a
            `describer.Describer` of the index's model.
        remove_gone: remove images of this folder whose files are no longer there.
        batch_size: images at once; the last bits of vectors can depend on it.
        save_every: images between two saves of the index; more where it is large.
        free_metadata: `FreeMetadata` of its photographs. An image that it names gets these in place of
            those it had, without being embedded again; the others keep theirs.

    Returns:
        `Summary`. What cannot be used is in its `bad`; an older entry of such a photograph is kept.

    Raises:
        UserError: no such folder, no photographs in it, or as `open_describer` and the index raise.
    """
    free_metadata = free_metadata or FreeMetadata()
    listing = list_photographs(folder)
    root = root_of(index, folder)
    plan = compare(index, listing, root, free_metadata)
    described = _note(index, plan.noted, root, free_metadata)
    bad, added, changed, unsaved = list(plan.bad), 0, 0, 0
    with tqdm(total=len(plan.wanted), desc="Embedding", unit=" images", disable=not plan.wanted) as progress:
        for batch in embedded(plan.wanted, root, open_describer, batch_size, free_metadata):
            index.add(batch.items, batch.vectors)
            bad += batch.bad
            changed += sum(batch.known)
            added += len(batch.items) - sum(batch.known)
            unsaved += len(batch.items)
            progress.update(len(batch.items) + len(batch.bad))
            if unsaved >= max(save_every, index.count() // SAVED_SHARE):
                index.save()
                unsaved = 0
    removed = index.remove(plan.gone) if remove_gone and plan.gone else 0
    index.save()
    gone = [] if remove_gone else plan.gone
    unchanged, unused = plan.unchanged + len(plan.noted), free_metadata.unused(listing.photographs)
    return Summary(added, changed, unchanged, removed, gone, sorted(bad), described, unused)


def list_photographs(folder):
    """The `fird.listing.Listing` of a folder.

    Raises:
        UserError: no such folder, or there are no photographs in it: perhaps its disk is not mounted.
    """
    from fird.listing import list_folder  # with it comes TensorFlow Datasets

    if not Path(folder).expanduser().is_dir():
        raise UserError(f"{folder}: there is no such folder of photographs.")
    listing = list_folder(folder)
    named = [photo for photo in listing.photographs if is_text(photo.image_id)]
    refused = [photo.image_id for photo in listing.photographs if not is_text(photo.image_id)]
    if not named:
        found = "".join(f"\n  {name}: {reason}" for name, reason in listing.bad)
        raise UserError(f"{folder} holds no photographs; expected is one sub-folder of them a fabric.{found}")
    bad = [*listing.bad, *((name, "its name is not UTF-8 text") for name in refused)]
    return type(listing)(named, [(_as_text(name), reason) for name, reason in bad])


def _note(index, noted, root, free_metadata):
    """Replaces the notes of files whose bytes are known; returns how many got other free metadata."""
    described = 0
    for start in range(0, len(noted), AT_ONCE):
        items, vectors = [], []
        for photograph, item, note in noted[start : start + AT_ONCE]:
            metadata = free_metadata.applied(item.metadata, photograph)
            described += metadata != item.metadata
            metadata = metadata | {"root": root, "path": photograph.image_id, "file": note}
            items.append(Item(item.image_id, photograph.fabric, metadata))
            vectors.append(index.get(item.image_id)[1])
        index.add(items, np.stack(vectors))
    return described


def _as_text(name):
    return name.encode(errors="backslashreplace").decode()
