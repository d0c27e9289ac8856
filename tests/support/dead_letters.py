"""A dead letter that can be read, and how tests read the list of them."""

import json
from collections.abc import Callable

from click.testing import Result

from tests.support.samples import make_chunk
from wardbeat.contracts.codec import encode

MISPLACED = encode(make_chunk("bed-1"))
"""A good chunk, which stands under the key of another stream."""
Run = Callable[..., Result]


def listed(run: Run, *options: str) -> list[dict[str, object]]:
    """The rows of ``wardbeat dead-letters list --json``."""
    rows: list[dict[str, object]] = json.loads(run("list", "--json", *options).output.splitlines()[-1])["dead_letters"]
    return rows
