"""What is wrong with a listing of photographs, found before anything is written."""

from collections import defaultdict

from absl import logging
from tqdm import tqdm

from fabric_retrieval.data.photographs import check_photograph
from fabric_retrieval.errors import UserError
from fabric_retrieval.processes import ordered_map

FEW = 64  # photographs for which starting processes takes longer than reading them


class BadPhotographsError(UserError):
    """Photographs that cannot be used; `bad` is [(name, reason), …]."""

    def __init__(self, bad):
        self.bad = bad
        lines = [f"  {name}: {reason}" for name, reason in bad]
        super().__init__(
            f"{len(bad)} problems with the photographs; mend them, or leave them out with bad_photos=skip:\n"
            + "\n".join(lines)
        )


def usable_photographs(listing, bad_photos, workers):
    """Decodes every photograph of a `listing.Listing`.

    Returns:
      [(Photograph, facts), …] in the listing's order; facts as `read_photograph` gives them.

    Raises:
      BadPhotographsError: with bad_photos="stop", if there is anything to say; "skip" logs it and goes on.
    """
    usable, bad = [], list(listing.bad)
    tasks = [(str(photograph.path),) for photograph in listing.photographs]
    checks = ordered_map(check_photograph, tasks, processes_for(tasks, workers))
    progress = tqdm(checks, "Checking photographs", len(tasks), unit="photo")
    for photograph, (facts, reason) in zip(listing.photographs, progress, strict=True):
        if reason:
            bad.append((photograph.image_id, reason))
        else:
            usable.append((photograph, facts))
    lonely = _lonely_fabrics(usable, listing)
    bad += sorted((f"fabric {fabric}", reason) for fabric, reason in lonely.items())
    if bad and bad_photos == "stop":
        raise BadPhotographsError(bad)
    for name, reason in bad:
        logging.warning("Left out: %s: %s", name, reason)
    return [(photograph, facts) for photograph, facts in usable if photograph.fabric not in lonely]


def processes_for(tasks, workers):
    """Processes worth starting."""
    return 1 if len(tasks) < FEW else workers


def _lonely_fabrics(usable, listing):
    """Fabric → reason, for those that nothing can be learned or asked about."""
    splits = defaultdict(list, {photograph.fabric: [] for photograph in listing.photographs})
    for photograph, _ in usable:
        splits[photograph.fabric].append(photograph.split)
    reasons = {}
    for fabric, found in splits.items():
        if found and set(found) == {"gallery"}:
            continue  # a distractor may be alone
        if len(found) < 2:
            reasons[fabric] = f"{len(found)} usable photographs, at least 2 are needed"
        elif set(found) == {"query"}:
            reasons[fabric] = "has queries and no gallery image"
    return reasons
