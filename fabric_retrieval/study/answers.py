"""What a model answers: the pictures of Figures 6 and 7, and the answers to all queries as a table."""

import csv
from pathlib import Path

from fabric_retrieval.atomic import replacing
from fabric_retrieval.evaluation.figures import FILES, write_pages
from fabric_retrieval.evaluation.retrievals import retrieve

ANSWERS = (*FILES, "retrievals.csv")
COLUMNS = ("query", "rank", "gallery_id", "same_fabric", "distance")


def write_answers(query, gallery, builder, folder, title, seed=0):
    """Writes retrievals.png, retrievals_failures.png, retrievals.pdf and retrievals.csv.

    Args:
        query, gallery: `Features`. builder: prepared; holds the pictures.
        folder: where to. title: of the pages. seed: of the queries that are shown.
    """
    retrievals = retrieve(query, gallery)
    with replacing(Path(folder) / "retrievals.csv") as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, query_id in enumerate(retrievals.query_ids.tolist()):
            found = zip(
                retrievals.positions[number],
                retrievals.hits[number],
                retrievals.distances[number],
                strict=True,
            )
            for rank, (position, hit, distance) in enumerate(found, 1):
                if position >= 0:
                    image_id = retrievals.gallery_ids[position]
                    writer.writerow([query_id, rank, image_id, int(hit), f"{distance:.6g}"])
    write_pages(retrievals, builder, folder, title, seed=seed)
