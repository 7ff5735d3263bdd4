"""A collection of photographs to time things on: smooth noise as JPEG files."""

import csv

import cv2
import numpy as np
from tqdm import tqdm

import fird

QUALITY = 90
OCTAVES = ((8, 60), (40, 40), (160, 20))  # cells across the width, spread of their levels


def photographs(folder, images, width, height, seed=0, each=5):
    """Draws and prepares a collection whose split "train" has `images` photographs, `each` of a fabric.

    Args:
        folder: a new one, pathlib.Path.

    Returns:
        The prepared builder.
    """
    rng = np.random.default_rng(seed)
    rows = [(f"{number // each:05d}/{number % each}.jpg", "train") for number in range(images)]
    rows += [("test/0.jpg", "query"), ("test/1.jpg", "gallery")]
    for path, _ in tqdm(rows, "drawing", unit=" photographs", leave=False):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        cv2.imwrite(str(folder / path), _noise(rng, width, height), quality)
    with open(folder / "list.csv", "w", newline="", encoding="utf-8") as file:
        lines = [(path, path.split("/")[0], split) for path, split in rows]
        csv.writer(file).writerows([("path", "fabric", "split"), *lines])
    return fird.prepare(photos_csv=str(folder / "list.csv"), data_dir=str(folder / "data"))


def _noise(rng, width, height):
    pixels = np.full((height, width, 3), 128, np.float32)
    for cells, spread in OCTAVES:
        coarse = rng.normal(scale=spread, size=(cells * height // width, cells, 3)).astype(np.float32)
        pixels += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(pixels, 0, 255).astype(np.uint8)
