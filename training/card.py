"""The model card of a bundle: what it is for, what it was fitted on, how good it is and where it fails."""

from collections.abc import Sequence
from importlib import resources
from string import Template

from models.bundle import Manifest
from training.scores import Tally

_MITDB_NOTE = """\
- mitdb is cut as by de Chazal et al. 2004: DS1 here, DS2 kept for one score a release, paced records in neither. Record
  201, in DS1, and 202, in DS2, are the same person: read a figure on DS2 without 202 as well.
"""
_TEST = """
## On patients kept for the test

Scored once, after everything was chosen. Se and +P in percent; 202 is the same person as 201, who was fitted on.

| record | S beats | S Se | S +P | V beats | V Se | V +P |
|---|---|---|---|---|---|---|
{rows}
"""


def model_card(manifest: Manifest, specificity: float, test: Sequence[tuple[str, Tally, Tally]] = ()) -> str:
    """The card of a bundle, in Markdown.

    Parameters
    ----------
    manifest : Manifest
    specificity : float
        Share of normal windows below the anomaly threshold.
    test : sequence of (name, tally of S, tally of V)
        Rows of the table of test records; none leaves it out.
    """
    split = manifest.split
    rows = "\n".join(f"| {name} | {_columns(s)} | {_columns(v)} |" for name, s, v in test)
    template = Template((resources.files("training") / "model_card.md").read_text(encoding="utf-8"))
    return template.substitute(
        created=manifest.created,
        labels=" ".join(manifest.label_order),
        n_fit=len(split.fit),
        fit=" ".join(split.fit),
        n_validation=len(split.validation),
        validation=" ".join(split.validation),
        noise=manifest.noise,
        seed=manifest.seed,
        data=manifest.data_sha256[:16],
        split=manifest.split_sha256[:16],
        notes=_MITDB_NOTE if "201" in (*split.fit, *split.validation) else "",
        metrics="\n".join(f"| {name} | {value:.3f} |" for name, value in manifest.metrics.items()),
        threshold=f"{manifest.thresholds.anomaly_p_abnormal:.3f}",
        specificity=f"{100 * specificity:.0f} %",
        error=f"{manifest.thresholds.normal_error_q99:.3f}",
        test=_TEST.format(rows=rows) if test else "",
        versions=", ".join(f"{name} {number}" for name, number in manifest.library_versions.items()),
    )


def _columns(tally: Tally) -> str:
    return f"{tally.beats} | {_percent(tally.hits, tally.beats)} | {_percent(tally.hits, tally.called)}"


def _percent(hits: int, of: int) -> str:
    return f"{100 * hits / of:.1f}" if of else "–"
