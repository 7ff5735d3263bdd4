"""Answers to photographs: as tables for a terminal, as JSON, as pictures."""

import io

from PIL import Image

from fabric_retrieval.data.photographs import PhotographError, read_photograph
from fabric_retrieval.search import montage
from fabric_retrieval.search.catalogue import photograph_path, read

COLUMNS = 8  # fabrics that a montage shows of each answer


def as_table(path, answer):
    """Lines for a terminal: what the photograph shows, then a line a fabric, nearest first."""
    rows = [("rank", "fabric", "distance", "sure", "images near")]
    for rank, result in enumerate(answer.fabrics, 1):
        sure = _percent(answer.sureness.right) if rank == 1 and answer.sureness else ""
        rows.append((str(rank), result.fabric, number(result.distance), sure, str(result.images)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, "><>>>", widths, strict=True))
        for row in rows
    ]
    return "\n".join([f"{path}: {verdict(answer)}", *(f"  {line}" for line in lines if answer.fabrics)])


def verdict(answer, brief=False):
    """What an answer says, in a few words, or in fewer."""
    if not answer.fabrics:
        return "nothing found: the index is empty"
    if answer.sureness is None:
        return f"nearest to {answer.fabrics[0].fabric}"
    if answer.sureness.none_of_ours:
        if brief:
            return "none of ours"
        return f"none of ours (the chance that it is one is {_percent(answer.sureness.ours)}); nearest are"
    return f"{answer.fabrics[0].fabric}, {_percent(answer.sureness.right)} sure"


def as_json(index, photographs, crop, answers, bad):
    """A dict of JSON values of the answers to {path: …} and of the [(path, reason), …] that have none."""
    return {
        "index": str(index.location),
        "model": index.description.model,
        "crop": crop,
        "answers": [
            {
                "photograph": str(path),
                "sureness": answer.sureness and answer.sureness.right,
                "in_catalogue": answer.sureness and answer.sureness.ours,
                "none_of_ours": bool(answer.sureness and answer.sureness.none_of_ours),
                "fabrics": [
                    {
                        "rank": rank,
                        "fabric": result.fabric,
                        "distance": result.distance,
                        "near": result.images,
                        "images": [
                            {"id": hit.image_id, "distance": hit.distance, "metadata": hit.metadata}
                            for hit in result.hits
                        ],
                    }
                    for rank, result in enumerate(answer.fabrics, 1)
                ],
            }
            for path, answer in zip(photographs, answers, strict=True)
        ],
        "not_searched": [{"photograph": str(path), "reason": reason} for path, reason in bad],
    }


def as_montage(index, photographs, answers, columns=COLUMNS):
    """A Pillow image: a line a photograph, with the nearest image of each of the nearest fabrics.

    Args:
        photographs: {path or name: JPEG bytes of what was searched}. answers: as many `asking.Answer`s.
        columns: most fabrics of each.
    """
    rows = []
    for (path, jpeg), answer in zip(photographs.items(), answers, strict=True):
        found = [
            (
                _picture(index, result.best),
                f"{result.fabric}\n{number(result.distance)}\n{result.images} near",
            )
            for result in answer.fabrics[:columns]
        ]
        rows.append(montage.Row(_small(jpeg), f"{path}\n{verdict(answer, brief=True)}", found))
    return montage.draw(rows)


def number(distance):
    """A squared distance in three digits, or as a whole number where it is large."""
    return f"{distance:,.0f}" if 1000 <= distance < 1e6 else f"{distance:.3g}"


def _percent(chance):
    """In whole per cent, but never the certainty that there is not."""
    if chance < 0.01:
        return "<1 %"
    return ">99 %" if chance > 0.99 else f"{chance:.0%}".replace("%", " %")


def _picture(index, hit):
    """The Pillow image of a photograph of the index, upright; None if its file cannot be shown."""
    path = photograph_path(index, hit)
    try:
        return path and _small(read_photograph(read(path)[0])[0])
    except PhotographError:
        return None


def _small(jpeg):
    """A Pillow image, no larger than a montage needs."""
    picture = Image.open(io.BytesIO(jpeg))
    picture.thumbnail((2 * montage.SIDE, 2 * montage.SIDE))
    return picture
