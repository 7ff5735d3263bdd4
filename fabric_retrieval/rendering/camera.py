"""From light to an 8-bit picture: meter, white balance, sensor, tone curve, JPEG."""

import cv2
import numpy as np

from fabric_retrieval.rendering.light import mean_colour
from fabric_retrieval.rendering.palette import to_srgb
from fabric_retrieval.rendering.sensor import noise_field

GREY = 0.2  # linear light that the meter makes of an average scene
METER = 0.6  # how far it goes: 0 would keep black cloth black, 1 turns every cloth mid-grey
_LEVELS = 4095
_TONE = (to_srgb(np.linspace(0, 1, _LEVELS + 1)) * 255 + 0.5).astype(np.uint8)


def expose(light, conditions, rng):
    """Linear light [N, N, 3] float32 on the sensor → photograph [N, N, 3] uint8, RGB."""
    balance = mean_colour(conditions) ** np.float32(-conditions.white_balance)
    balance[1] *= 2**conditions.tint_stops
    brightness = max(float(cv2.mean(light)[1]), 1e-4)
    gain = (GREY / brightness) ** METER * 2**conditions.exposure_stops
    exposed = light * (balance * np.float32(gain))
    exposed += noise_field(exposed, sensor_noise(conditions), rng)
    # A shoulder instead of clipping: full white is reached at 1.6.
    np.clip(exposed, 0, 1.6, out=exposed)
    shoulder = exposed * np.float32(-0.39 * _LEVELS)
    shoulder += np.float32(1.25 * _LEVELS)
    exposed *= shoulder
    np.minimum(exposed, _LEVELS, out=exposed)
    picture = _TONE[exposed.astype(np.int16)]
    if conditions.sharpening > 0:
        soft = cv2.GaussianBlur(picture, (7, 7), 1.2)
        picture = cv2.addWeighted(picture, 1 + conditions.sharpening, soft, -conditions.sharpening, 0)
    return picture


def sensor_noise(conditions):
    """Relative standard deviation at mid-grey: the camera's gain follows the illuminance."""
    return conditions.noise * float(np.clip((500 / conditions.illuminance_lux) ** 0.3, 0.5, 3))


def encode(pixels, quality):
    """JPEG bytes of a picture [H, W, 3] uint8, RGB; `quality` 1 to 100."""
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    if not done:
        raise ValueError(f"OpenCV could not encode a picture of {pixels.shape}.")
    return data.tobytes()
