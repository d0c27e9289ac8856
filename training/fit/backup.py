"""The state of a fit after its last finished epoch, so that one that was interrupted goes on to the same result."""

from pathlib import Path

import keras
import numpy as np

BACKUP = "backup.npz"


def back_up(network: keras.Model, folder: Path, epochs: int) -> None:
    """The state after so many epochs takes the place of the one before it.

    Every variable of the network and of its optimizer is kept, what dropout will draw among them: a saved Keras network
    lacks that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = [variable.numpy() for variable in (*network.variables, *network.optimizer.variables)]
    draft = folder / "draft.npz"
    np.savez(draft, *state, epochs=epochs)
    draft.replace(folder / BACKUP)


def restore(network: keras.Model, folder: Path) -> int:
    """How many epochs a backup has behind it, with the compiled network as it was after them; 0 without one."""
    if not (folder / BACKUP).is_file():
        return 0
    network.optimizer.build(network.trainable_variables)
    with np.load(folder / BACKUP) as state:
        for index, variable in enumerate((*network.variables, *network.optimizer.variables)):
            variable.assign(state[f"arr_{index}"])
        return int(state["epochs"])
