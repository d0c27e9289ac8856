"""Writes the model card of a bundle: its purpose, the data of its fit, its figures and its limits."""

import re
from collections.abc import Sequence
from importlib import resources
from string import Template

from models.bundle import Manifest
from models.registry import NETWORKS
from training.data.splits import DS1

_MITDB_NOTE = """\
- mitdb is split after de Chazal et al. 2004. The networks for beats and windows are fitted on DS1 only, the QRS network
  also on the four paced records. No network is fitted on DS2. Record 201 in DS1 and record 202 in DS2 are the same
  person, so compare figures on DS2 with and without 202.
"""
_LARGE_SETS = {"challenge-2015": re.compile(r"[abftv]\d{3}[ls]"), "challenge-2017": re.compile(r"A\d{5}")}
"""Large data sets, by the form of their record names: the card counts their records, the manifest lists them."""


def model_card(manifest: Manifest, specificity: float) -> str:
    """The model card of a bundle, in Markdown.

    Parameters
    ----------
    manifest : Manifest
    specificity : float
        Proportion of normal windows below the anomaly threshold.
    """
    split = manifest.split
    template = Template((resources.files("training.fit") / "model_card.md").read_text(encoding="utf-8"))
    return template.substitute(
        created=manifest.created,
        networks="\n".join(f"| {name} | {network.purpose} |" for name, network in NETWORKS.items()),
        labels=" ".join(manifest.label_order),
        n_fit=len(split.fit),
        fit=_named(split.fit),
        noise=manifest.noise,
        seed=manifest.seed,
        data=manifest.data_sha256[:16],
        split=manifest.split_sha256[:16],
        notes=_MITDB_NOTE if set(DS1) & set(split.fit) else "",
        metrics="\n".join(f"| {name} | {value:.3f} |" for name, value in manifest.metrics.items()),
        threshold=f"{manifest.thresholds.anomaly_p_abnormal:.3f}",
        specificity=f"{100 * specificity:.0f} %",
        error=f"{manifest.thresholds.normal_error_q99:.3f}",
        versions=", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
    )


def _named(records: Sequence[str]) -> str:
    """The names of the records, and the numbers of records of the large data sets."""
    counts = {name: sum(bool(form.fullmatch(record)) for record in records) for name, form in _LARGE_SETS.items()}
    names = [record for record in records if not any(form.fullmatch(record) for form in _LARGE_SETS.values())]
    return ", and ".join([" ".join(names), *(f"{n} of {name}" for name, n in counts.items() if n)])
