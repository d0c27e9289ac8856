from typing import get_args

from wardbeat.contracts.dead_letter_kinds import KINDS, REFUSALS, Refusal
from wardbeat.errors import CodecError


def errors(root: type[CodecError]) -> set[type[CodecError]]:
    return {root}.union(*map(errors, root.__subclasses__()))


def test_every_reason_for_a_dead_letter_is_a_kind_of_its_own() -> None:
    assert set(REFUSALS) == set(get_args(Refusal))
    assert set(KINDS) == {error.kind for error in errors(CodecError)} | set(REFUSALS)
    assert len(set(KINDS)) == len(KINDS)


def test_a_kind_is_one_word_and_a_refusal_names_the_next_step() -> None:
    assert all(kind.isalpha() for kind in KINDS)
    for reason in REFUSALS.values():
        assert "; " in reason
        assert "\n" not in reason
