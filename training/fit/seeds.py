"""The same seed gives the same networks, bit by bit, on the same machine."""

import keras
import tensorflow as tf


def seed_everything(seed: int) -> None:
    """Seed all that TensorFlow and Keras draw, and let no sum depend on which thread is first."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
