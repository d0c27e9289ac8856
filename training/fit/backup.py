"""Saves the state of a fit after each epoch, so that an interrupted fit resumes and gets the same result."""

from pathlib import Path

import keras
import numpy as np

from wardbeat.atomic_files import atomic_file

BACKUP = "backup.npz"


def back_up(network: keras.Model, folder: Path, epochs: int) -> None:
    """Write the state after ``epochs`` epochs; it replaces the backup of the epoch before.

    The backup has every variable of the network and of its optimizer, also the random state of dropout, which a saved
    Keras network lacks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = [variable.numpy() for variable in (*network.variables, *network.optimizer.variables)]
    with atomic_file(folder / BACKUP) as temporary:
        np.savez(temporary, *state, epochs=epochs)


def restore(network: keras.Model, folder: Path) -> int:
    """Load a backup into a compiled network; gives the number of finished epochs, 0 without a backup."""
    if not (folder / BACKUP).is_file():
        return 0
    network.optimizer.build(network.trainable_variables)
    with np.load(folder / BACKUP) as state:
        for index, variable in enumerate((*network.variables, *network.optimizer.variables)):
            variable.assign(state[f"arr_{index}"])
        return int(state["epochs"])
