"""Which images are to be taken out of an index."""

from pathlib import Path

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.catalogue import is_gone, photograph_path, roots

NAMED = 5  # of unknown ids, in a message


def of_fabric(index, fabric):
    """Ids of the images of a fabric. Raises UserError where there are none."""
    found = [item.image_id for item in index.of_fabric(fabric)]
    if not found:
        raise UserError(f"--fabric={fabric}: the index {index.location} has no image of such a fabric.")
    return found


def of_folder(index, folder):
    """Ids of the images that were added from a folder, which need not be there any more.

    Raises:
        UserError: nothing was added from it; names the folders there are.
    """
    path, known = str(Path(folder).expanduser().resolve()), roots(index)
    names = {name for name, root in known.items() if root == path}
    if not names:
        there = ", ".join(known.values()) or "none"
        raise UserError(f"--folder={folder}: the index was not filled from {path}; its folders are: {there}.")
    return [item.image_id for item in index.items() if item.metadata.get("root") in names]


def gone(index):
    """Ids of the images whose files are certainly not there any more.

    Raises:
        UserError: a folder of theirs is not there, or is empty: its disk may not be mounted.
    """
    known, ids, used = roots(index), [], set()
    for item in index.items():
        if is_gone(photograph_path(index, item)):
            ids.append(item.image_id)
            used.add(item.metadata["root"])
    for name in sorted(used):
        folder = Path(known[name])
        if not folder.is_dir() or not any(folder.iterdir()):
            raise UserError(
                f"The folder {folder} is {'empty' if folder.is_dir() else 'not there'}: is its disk mounted? "
                f"Nothing was removed. If its photographs are to go: fabric-index remove --folder={folder}"
            )
    return ids


def check_known(index, image_ids):
    """Raises `UserError` if the index has no image of one of these ids."""
    unknown = [image_id for image_id in image_ids if index.get(image_id) is None]
    if unknown:
        more = f" and {len(unknown) - NAMED:,} more" if len(unknown) > NAMED else ""
        raise UserError(
            f"The index {index.location} has no image {', '.join(map(repr, unknown[:NAMED]))}{more}; "
            "nothing was removed. Ids are as fabric/file, below the folder that was added."
        )
