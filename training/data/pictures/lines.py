"""Draws an antialiased polyline."""

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit(cache=True, nogil=True)
def draw_line(ink: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> None:
    """Draw a polyline into ``ink``: each point is 1 inside the line, and falls to 0 over one point at its edge.

    Parameters
    ----------
    ink : ndarray of float32, shape (rows, columns)
        Changed in place: the larger of old and new ink.
    x, y : ndarray, shape (n,)
        Corners in columns and rows from the top left; the middle of the first point is at 0.
    width : float
        In points.
    """
    rows, columns = ink.shape
    reach = width / 2 + 0.5
    for at in range(len(x) - 1):
        ax, ay, dx, dy = x[at], y[at], x[at + 1] - x[at], y[at + 1] - y[at]
        length2 = max(dx * dx + dy * dy, 1e-12)
        first_row, last_row = max(0, int(np.floor(min(ay, ay + dy) - reach))), int(np.ceil(max(ay, ay + dy) + reach))
        first, last = max(0, int(np.floor(min(ax, ax + dx) - reach))), int(np.ceil(max(ax, ax + dx) + reach))
        for row in range(first_row, min(rows - 1, last_row) + 1):
            for column in range(first, min(columns - 1, last) + 1):
                along = min(1.0, max(0.0, ((column - ax) * dx + (row - ay) * dy) / length2))
                away = np.hypot(column - ax - along * dx, row - ay - along * dy)
                ink[row, column] = max(ink[row, column], min(1.0, max(0.0, reach - away)))
