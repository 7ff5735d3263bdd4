"""From light to an 8-bit picture: lens, meter, white balance, sensor, tone curve, JPEG."""

import cv2
import numpy as np

from fabric_retrieval.rendering.light import temperature_colour
from fabric_retrieval.rendering.palette import to_srgb

GREY = 0.2  # linear light that the meter makes of an average scene
METER = 0.6  # how far it goes: 0 would keep black cloth black, 1 turns every cloth mid-grey
_TONE = to_srgb(np.linspace(0, 1, 4096)).astype(np.float32)


def expose(light, conditions, rng):
    """Linear light [H, W, 3] float32 → photograph [H, W, 3] uint8, RGB."""
    balance = temperature_colour(conditions.light_temperature_kelvin) ** np.float32(-conditions.white_balance)
    brightness = max(float(light.mean()), 1e-4)
    gain = (GREY / brightness) ** METER * 2**conditions.exposure_stops
    exposed = cv2.GaussianBlur(light, (0, 0), conditions.blur) * (balance * np.float32(gain))
    exposed += _sensor_noise(exposed, conditions.noise, rng)
    # A shoulder instead of clipping: full white is reached at 1.6.
    exposed = np.clip(exposed, 0, 1.6)
    exposed *= 1.25 - exposed * np.float32(0.39)
    picture = _TONE[np.minimum(exposed * 4095, 4095).astype(np.int16)]
    # Phones sharpen.
    picture += 0.35 * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def encode(pixels, quality):
    """JPEG bytes of a picture [H, W, 3] uint8, RGB; `quality` 1 to 100."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    if not done:
        raise ValueError(f"OpenCV could not encode a picture of {pixels.shape}.")
    return data.tobytes()


def _sensor_noise(light, strength, rng):
    """Shot and read noise, with a share in blotches as noise reduction leaves them."""
    noise = rng.standard_normal(light.shape, np.float32)
    coarse = cv2.resize(
        rng.standard_normal((light.shape[0] // 3, light.shape[1] // 3, 3), np.float32), light.shape[1::-1]
    )
    return (
        np.float32(strength)
        * np.sqrt(np.maximum(light, 0) * np.float32(0.18) + np.float32(0.004))
        * (noise + 0.7 * coarse)
    )
