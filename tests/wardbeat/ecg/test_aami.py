"""The AAMI class of each WFDB beat symbol."""

import pytest
from wfdb.io.annotation import ann_labels, is_qrs

from wardbeat.contracts.messages import SYMBOLS
from wardbeat.ecg.aami import AAMI_CLASS


def test_every_beat_symbol_of_wfdb_has_a_class_and_no_other_symbol_has() -> None:
    """The table in the library is the reference; it counts a flutter wave (!) as a beat, which EC57 does not."""
    beats = {label.symbol for label in ann_labels if is_qrs[label.label_store]}
    assert set(AAMI_CLASS) == beats - {"!"}
    assert set(AAMI_CLASS.values()) == set(SYMBOLS)


@pytest.mark.parametrize(
    ("aami", "wfdb_symbols"), [("N", "NLRej"), ("S", "AaJS"), ("V", "VE"), ("F", "F"), ("Q", "/fQ")]
)
def test_the_symbols_of_mitdb_have_the_classes_of_de_chazal(aami: str, wfdb_symbols: str) -> None:
    """Table I of doi:10.1109/TBME.2004.827359."""
    assert {AAMI_CLASS[symbol] for symbol in wfdb_symbols} == {aami}
