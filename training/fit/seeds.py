"""Makes fits reproducible: the same seed gives the same networks, to the bit, on the same machine."""

import keras
import tensorflow as tf


def seed_everything(seed: int) -> None:
    """Seed all random numbers of TensorFlow and Keras, and make sums independent of the order of threads."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
