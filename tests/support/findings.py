"""Reads the findings of ``wardbeat doctor``."""

from collections.abc import Iterable

from wardbeat.doctor.findings import Finding


def states(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """The check and the state of each finding."""
    return [(finding.check, finding.state) for finding in findings]
