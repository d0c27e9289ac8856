"""The model card of a bundle."""

import msgspec

from models.bundle import Split, read_bundle, shipped_bundle
from training.data.splits import DS1
from training.fit.card import _named, model_card


def test_a_card_has_the_figures_of_its_manifest_and_no_placeholder() -> None:
    manifest, _ = read_bundle(shipped_bundle())
    card = model_card(manifest, 0.98)
    assert "$" not in card
    assert f"Fitted on {len(manifest.split.fit)} records" in card
    assert "98 % of the normal windows" in card
    name, value = next(iter(manifest.metrics.items()))
    assert f"| {name} | {value:.3f} |" in card
    assert "Not a medical device" in card


def test_the_note_on_mitdb_stands_only_with_records_of_it() -> None:
    manifest, _ = read_bundle(shipped_bundle())
    notes = [
        "de Chazal" in model_card(msgspec.structs.replace(manifest, split=Split(fit)), 0.98) for fit in (DS1, ("r1",))
    ]
    assert notes == [True, False]


def test_records_of_large_sets_are_counted() -> None:
    assert (
        _named(["101", "106", "v100s", "b124s", "A00001"])
        == "101 106, and 2 of challenge-2015, and 1 of challenge-2017"
    )
