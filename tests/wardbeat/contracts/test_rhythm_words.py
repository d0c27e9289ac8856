"""Every rhythm that the monitor names has words."""

from processors.monitor.rhythm.atrial_fibrillation import RHYTHM
from processors.monitor.rhythm.rhythm_names import RHYTHM_NAMES
from wardbeat.contracts.rhythm_words import RHYTHM_WORDS, rhythm_words


def test_every_rhythm_of_the_monitor_has_words() -> None:
    assert set(RHYTHM_WORDS) == {*RHYTHM_NAMES.values(), RHYTHM}
    assert rhythm_words("(VT") == "Ventricular tachycardia"


def test_an_unknown_rhythm_keeps_its_name() -> None:
    assert rhythm_words("(XYZ") == "XYZ"
