"""As GIST (Oliva and Torralba 2001): how much there is of each scale and direction, and where."""

import functools

import cv2
import numpy as np
from scipy import fft

SIDE = 128
PADDING = 16  # reflected on each side, so that the Fourier transform sees no edge
GRID = 4
# Cycles a pixel at the filters' centres. None passes much beyond twice its centre, so the first needs all
# pixels, and each next one half as many a side: the higher frequencies of the spectrum are left out.
FREQUENCIES = (1 / 4, 1 / 8, 1 / 16, 1 / 32)
ORIENTATIONS = 8
OCTAVES = 0.55  # standard deviation of a filter in octaves
DEGREES = 12.0  # and in direction: neighbours, 22.5 degrees apart, meet at .64


def gist(pixels):
    """[128, 128, 3] uint8 to [512] float32: mean magnitude of log-Gabor responses in a 4x4 grid.

    Frequencies are the slowest index, then orientations, then places in reading order. The grey image is
    taken to zero mean and unit variance first: neither the light's strength nor its contrast counts.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = (grey - grey.mean()) / (grey.std() + np.float32(1))  # a level: flat images stay near zero
    padded = cv2.copyMakeBorder(grey, *[PADDING] * 4, cv2.BORDER_REFLECT)
    spectrum = fft.fftshift(fft.fft2(padded))
    parts = []
    for number, filters in enumerate(_filters(padded.shape[0])):
        side = filters.shape[-1]
        first = (padded.shape[0] - side) // 2
        band = spectrum[first : first + side, first : first + side]
        responses = np.abs(fft.ifft2(fft.ifftshift(band * filters, axes=(1, 2)), overwrite_x=True))
        margin = PADDING >> number
        inner = responses[:, margin : side - margin, margin : side - margin]
        cell = inner.shape[1] // GRID
        means = inner.reshape(ORIENTATIONS, GRID, cell, GRID, cell).mean(axis=(2, 4))
        parts.append(means.ravel() / np.float32(4**number))  # ifft2 divides by the pixels that it has
    return np.concatenate(parts)


@functools.cache
def _filters(side):
    """Transfer functions [8, S, S] float32 of each frequency, zero frequency in the middle; S halves."""
    banks = []
    for number, frequency in enumerate(FREQUENCIES):
        size = side >> number
        along = fft.fftshift(fft.fftfreq(side))[(side - size) // 2 : (side + size) // 2]
        y, x = along[:, None], along[None, :]
        radius = np.hypot(x, y)
        octaves = np.log2(np.maximum(radius, 1e-9) / frequency)
        directions = np.arange(ORIENTATIONS)[:, None, None] * 180 / ORIENTATIONS
        turn = (np.degrees(np.arctan2(y, x)) - directions + 180) % 360 - 180
        bank = np.exp(-0.5 * (octaves / OCTAVES) ** 2 - 0.5 * (turn / DEGREES) ** 2)
        banks.append(bank.astype(np.float32))
    return banks
