"""Yarn: what a thread is, and the fibres one sees on it."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Yarn:
    """How a thread looks; lengths are in units of the distance between threads."""

    cover: float  # diameter: below 1 the threads leave gaps
    relief: float  # how far a thread rises and dips where it crosses another
    twist: float  # strength of the fibre lines that run round the thread; negative twists the other way
    turns: float  # fibre lines a thread distance
    unevenness: float  # relative variation of the diameter
    waver: float  # how far threads stray from their straight course
    melange: float  # variation of shade between threads and along them
    sheen: float  # strength of the highlight
    slub: float = 0.0  # how much thicker the thick places of slub yarn are
    hairiness: float = 0.0  # stray fibres that stand off and veil the threads, 0 (combed) to 1 (brushed)


def grain(rng, size):
    """White noise [H, W] float32 of unit variance."""
    noise = np.frombuffer(rng.bytes(size[0] * size[1]), np.uint8).astype(np.float32)
    noise -= np.float32(127.5)
    noise *= np.float32(12**0.5 / 256)
    return noise.reshape(size)


def fibres(noise, length, degrees):
    """Streaks of unit variance out of periodic white noise [H, W] float32.

    They are `length` pixels long (standard deviation) and lie at `degrees`, clockwise from the x axis in the
    picture.
    """
    reach = int(np.ceil(1.9 * length))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    kernel = np.exp(-0.5 * (((x * cos + y * sin) / length) ** 2 + ((y * cos - x * sin) / 0.55) ** 2))
    kernel /= np.sqrt((kernel**2).sum())
    padded = cv2.copyMakeBorder(noise, reach, reach, reach, reach, cv2.BORDER_WRAP)
    return cv2.filter2D(padded, -1, kernel.astype(np.float32))[reach:-reach, reach:-reach]


def hairs(field):
    """Curled stray fibres in [0, 1]: the lines along which a smooth field of unit variance is zero."""
    return np.maximum(1 - np.abs(field) * np.float32(4), 0)
