"""Every plot has the style of the reports and is written as a PNG."""

from pathlib import Path

import matplotlib as mpl

from training.evaluation.style import COLOURS, CYCLE, SETTINGS, colours_of, saved_figure


def test_a_figure_is_written_with_its_size_and_leaves_the_global_style_alone(tmp_path: Path) -> None:
    before = mpl.rcParams["font.size"]
    with saved_figure(tmp_path / "one.png", 2.0, 1.0, 50) as figure:
        assert mpl.rcParams["font.size"] == SETTINGS["font.size"]
        figure.subplots().plot([0, 1])
    assert mpl.rcParams["font.size"] == before
    image = (tmp_path / "one.png").read_bytes()
    assert image.startswith(b"\x89PNG")
    width, height = (int.from_bytes(image[at : at + 4]) for at in (16, 20))
    assert (width, height) == (100, 50)


def test_names_have_their_own_colours_or_those_of_the_cycle() -> None:
    assert colours_of(["N", "V"]) == {"N": COLOURS["N"], "V": COLOURS["V"]}
    many = colours_of([f"model {at}" for at in range(len(CYCLE) + 1)])
    assert list(many.values()) == [*CYCLE, CYCLE[0]]
    assert colours_of(["N", "model"])["N"] == CYCLE[0], "one without its own colour: all from the cycle"
