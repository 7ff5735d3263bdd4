"""Photographs → train, query and gallery."""

from collections import defaultdict

from fabric_retrieval.data.splits import split_fabrics, split_queries
from fabric_retrieval.errors import UserError


def split_photographs(photographs, seed):
    """Divides photographs by the splits their CSV gives, and by the paper's section 4 where it gives none.

    A fabric whose photographs are all left open goes to `train` or to the test half by lot, among the fabrics
    left open; `test` leaves only the choice between query and gallery open.

    Args:
      photographs: list of `listing.Photograph`.
      seed: of the lots.

    Returns:
      {"train": image ids, "query": image ids, "gallery": image ids}, sorted.

    Raises:
      ValueError: a fabric is in train and in test, or only partly left open; or a split would be empty, or
        train of a single fabric, which has no negatives.
    """
    fabrics = defaultdict(list)
    for photograph in photographs:
        fabrics[photograph.fabric].append(photograph)
    for fabric, members in fabrics.items():
        given = {photograph.split for photograph in members}
        if len(given) > 1 and given & {"train", ""}:
            names = ", ".join(repr(name) for name in sorted(given))
            raise UserError(
                f"Fabric {fabric!r}: its photographs are in the splits {names}; train shares no fabric."
            )
    left_open = [fabric for fabric, members in fabrics.items() if members[0].split == ""]
    given = {fabric for fabric, members in fabrics.items() if members[0].split == "train"}
    train = given.union(split_fabrics(left_open, seed)[0])
    splits = {"train": [], "query": [], "gallery": []}
    for fabric, members in fabrics.items():
        if fabric in train:
            splits["train"] += [photograph.image_id for photograph in members]
            continue
        for name in ("query", "gallery"):
            splits[name] += [photograph.image_id for photograph in members if photograph.split == name]
        queries, gallery = split_queries([p.image_id for p in members if p.split in ("", "test")], seed)
        splits["query"] += queries
        splits["gallery"] += gallery
    if empty := [name for name, ids in splits.items() if not ids]:
        raise UserError(
            f"No photographs for {' and '.join(empty)}: {len(fabrics)} usable fabrics. At least three of two "
            "photographs each are needed; a CSV that gives splits must give train, query and gallery."
        )
    if len(train) < 2:
        raise UserError(
            f"Only one of {len(fabrics)} usable fabrics is to train on: {', '.join(train)}. At least three "
            "fabrics of two photographs each are needed, two to train on and one to test with; a CSV that "
            "gives splits must give train two fabrics."
        )
    return {name: sorted(ids) for name, ids in splits.items()}
