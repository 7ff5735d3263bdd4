"""From encoded images to the pixels the network sees: the one path of training, evaluation and serving.

Section 5.2: images are resized to 256x256 and cropped to 227x227 at the centre (at random in training).
"""

import tensorflow as tf


def decode_and_resize(image_bytes, size, grey=False):
    """Decodes one JPEG, PNG or GIF and resizes it, its sides stretched alike, to a square.

    The decoder is pinned to the accurate integer DCT, which equals Pillow's bit for bit, and resizing is
    anti-aliased: the fine structure of a cloth must not turn into moiré.

    Args:
        image_bytes: [] string.
        size: side of the result in pixels.
        grey: replace colour by its luma, in all three channels.

    Returns:
        [size, size, 3] uint8.
    """
    pixels = tf.io.decode_jpeg(image_bytes, channels=3, dct_method="INTEGER_ACCURATE")
    return resize(pixels[tf.newaxis], size, grey)[0]


def decode_batch(image_bytes, size, grey=False):
    """[B] string to [B, size, size, 3] uint8; every image as `decode_and_resize` gives it."""
    return tf.map_fn(
        lambda encoded: decode_and_resize(encoded, size, grey),
        image_bytes,
        fn_output_signature=tf.TensorSpec([size, size, 3], tf.uint8),
    )


def resize(pixels, size, grey=False):
    """Resizes [B, H, W, 3] uint8 to [B, size, size, 3] uint8, without moiré; `grey` as above."""
    shape = tf.shape(pixels)
    resized = tf.cond(
        tf.reduce_all(shape[1:3] == size),
        lambda: pixels,
        lambda: _to_uint8(tf.image.resize(pixels, [size, size], antialias=True)),
    )
    if grey:
        resized = tf.repeat(_luma(resized), 3, axis=-1)
    return tf.ensure_shape(resized, [None, size, size, 3])


def centre_crop(pixels, crop):
    """The central [..., crop, crop, 3] of [..., H, W, 3]; works on tensors and arrays."""
    height, width = pixels.shape[-3:-1]
    if crop > min(height, width):
        raise ValueError(f"A crop of {crop} pixels does not fit in an image of {height}x{width}.")
    top, left = (height - crop) // 2, (width - crop) // 2
    return pixels[..., top : top + crop, left : left + crop, :]


def _luma(pixels):
    """ITU-R 601 luma [..., 1] uint8 of [..., 3] uint8, in Pillow's fixed-point weights."""
    weighted = tf.cast(pixels, tf.int32) * [19595, 38470, 7471]
    return tf.cast((tf.reduce_sum(weighted, axis=-1, keepdims=True) + 0x8000) // 0x10000, tf.uint8)


def _to_uint8(pixels):
    return tf.cast(tf.clip_by_value(tf.round(pixels), 0.0, 255.0), tf.uint8)
