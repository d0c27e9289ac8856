"""The published results on the superclasses of PTB-XL beside those of the study."""

from typing import NamedTuple

from training.study.results import ExtraTable


class Published(NamedTuple):
    """A published macro AUC on fold 10, half of its 95 % interval, and our model of this kind."""

    name: str
    macro_auc: float
    half_interval: float
    ours: str | None


PUBLISHED = (
    Published("resnet1d_wang", 0.930, 0.005, None),
    Published("xresnet1d101", 0.928, 0.005, "resnet"),
    Published("lstm", 0.927, 0.005, "lstm"),
    Published("fcn_wang", 0.925, 0.006, "cnn"),
    Published("inception1d", 0.921, 0.006, "inception"),
    Published("lstm_bidir", 0.921, 0.006, "cnn-lstm"),
    Published("Wavelet+NN", 0.874, 0.007, "trees"),
)
"""Strodthoff et al. 2021, doi:10.1109/JBHI.2020.3022989, diagnostic superclasses."""


def published_table(macro_aucs: dict[str, float]) -> ExtraTable:
    """The published table, with our model of the same kind in each row.

    Parameters
    ----------
    macro_aucs : dict of str to float
        The macro AUC of each of our models on fold 10.
    """
    return ExtraTable(
        title="Published results on the same test fold",
        columns=["published model", "macro AUC", "± (95 %)", "our model of this kind", "its macro AUC"],
        rows=[
            [one.name, one.macro_auc, one.half_interval, one.ours, macro_aucs.get(one.ours or "")] for one in PUBLISHED
        ],
        note=(
            "Strodthoff et al. 2021, doi:10.1109/JBHI.2020.3022989. What differs: they fit on folds 1 to 8, all with "
            "their statements; their networks are larger and take more epochs, on a graphics processor. Ours are "
            "fitted on those of the folds 1 to 8 that are there, in minutes on two cores."
        ),
    )
