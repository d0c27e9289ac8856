"""The beat classifier: a convolution over the beat's waveform and an LSTM over the beats around it.

It has about 45,000 weights. The waveform separates ventricular from normal beats. A supraventricular beat has a normal
QRS complex and only its time is abnormal, so the LSTM takes the last 23 beats and the one after.
"""

import keras
from keras import layers

from models.inputs import BEAT_CHANNELS, BEAT_FEATURES, BEAT_SAMPLES, BEAT_SEQUENCE
from wardbeat.contracts.messages import SYMBOLS

LSTM_UNITS = 48


def build_beat_network(dropout: float = 0.2) -> keras.Model:
    """A beat classifier with random weights.

    Parameters
    ----------
    dropout : float
        Fraction of the joint features that each dropout layer drops during the fit.

    Returns
    -------
    keras.Model
        Inputs ``waveform`` and ``context``, output ``probabilities`` (:mod:`models.inputs`).
    """
    waveform = keras.Input((BEAT_SAMPLES, BEAT_CHANNELS), name="waveform")
    context = keras.Input((BEAT_SEQUENCE, len(BEAT_FEATURES)), name="context")

    shape = waveform
    for filters, kernel in ((16, 7), (24, 5), (32, 5)):
        shape = layers.Conv1D(filters, kernel, padding="same", use_bias=False)(shape)
        shape = layers.BatchNormalization(momentum=0.95)(shape)
        shape = layers.ReLU()(shape)
        shape = layers.MaxPooling1D(2)(shape)
    shape = layers.Dense(32, activation="relu")(layers.Flatten()(shape))

    # No mask: the feature "present" is 0 in a row without a beat, and the ONNX graph stays simple.
    rhythm = layers.LSTM(LSTM_UNITS)(context)
    # The last row but one is the beat to classify: a short cut from its features and from those of the next beat.
    newest = layers.Flatten()(layers.Cropping1D((BEAT_SEQUENCE - 2, 0))(context))

    joint = layers.Concatenate()([shape, rhythm, newest])
    joint = layers.Dense(48, activation="relu")(layers.Dropout(dropout)(joint))
    joint = layers.Dropout(dropout)(joint)
    probabilities = layers.Dense(len(SYMBOLS), activation="softmax", name="probabilities")(joint)
    return keras.Model([waveform, context], {"probabilities": probabilities}, name="beat")
