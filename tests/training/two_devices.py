"""Two logical devices of one CPU; to be configured before TensorFlow starts."""

import tensorflow as tf


def two_devices():
    """A `MirroredStrategy` over them."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
