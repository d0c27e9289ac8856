"""What the name of a signal says: ECG, another kind of signal, or nothing.

The words and names are those in the headers of PhysioNet's databases and of EDF+ files (Kemp 2003,
doi:10.1016/S1388-2457(03)00123-8), of the 10-20 and 10-10 systems of EEG electrodes (Oostenveld 2001,
doi:10.1016/S1388-2457(00)00527-7), and of the AASM manual for sleep studies.

The word that comes first decides: ``ECG (RESP from here)`` is ECG, and ``Resp (ECG)`` is respiration. A place of the
body decides last: ``Chest ECG`` is ECG, and ``Chest`` is a belt.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, NamedTuple

SignalKind = Literal[
    "ECG", "ECG of a fetus", "ECG inside the heart", "about an ECG", "EEG", "EOG", "EMG", "respiration", "pleth",
    "oxygen saturation", "pressure", "gas", "sound", "temperature", "position or movement", "skin conductance", "rate",
    "marker or device state",
]  # fmt: skip


class _Words(NamedTuple):
    """The words of one kind: whole words, beginnings of words, and parts of words, separated by spaces."""

    kind: SignalKind
    whole: str = ""
    beginnings: str = ""
    parts: str = ""

    def has(self, word: str) -> bool:
        return (
            word in self.whole.split()
            or word.startswith(tuple(self.beginnings.split()))
            or any(part in word for part in self.parts.split())
        )


_WORDS: Final = (
    _Words("ECG of a fetus", "fecg fekg", "fetal foetal"),
    _Words("ECG", "vcg", "electrocardiogra elektrokardiogra vectorcardiogra", "ecg ekg экг 心电 心電"),
    _Words("ECG inside the heart", "egm iegm hra rva rvot hbe abl his cs csd csp", "electrogram"),
    _Words("EEG", "ecog meg", "", "eeg"),
    _Words("EOG", "loc roc", "", "eog eye"),
    _Words("EMG", "lchin rchin cchin tib lat rat", "chin submental mental tibia masseter deltoid intercos plm", "emg"),
    _Words("gas", "co etco tcco fico inco petco pco fio feo", "capno sevo desfl isofl"),
    _Words("oxygen saturation", "spo sao so osat sat sats ox", "oxim satur oxst"),
    _Words("pleth", "plet", "", "pleth ppg"),
    _Words(
        "respiration",
        "rip sum xsum naf npt ptaf edr vth vab imp flux res thx leak cflo",
        "breath naso oral oronas fluss cannul canul therm termist effort belt atmung spiro tidal cpap imped",
        "resp nasal flow",
    ),
    _Words(
        "pressure",
        "abp bp nbp nibp ibp iabp bap fap uap rap lap pap pa art ao aop cvp icp cpp pcwp iap uvp pvp rvp lvp",
        "arter pres blood finap portap",
        "press druck",
    ),
    _Words("sound", "mic pcg", "snor sound audio microphone phono"),
    _Words("temperature", "", "temp rectal"),
    _Words(
        "position or movement",
        "pos acc scg bcg",
        "posi postur body accel gyro actigr activity movem motion seismocardio ballistocardio",
    ),
    _Words("skin conductance", "gsr eda scl scr", "galvan electroderm"),
    _Words("rate", "hr dhr pr rr puls pulse pulso fhr rate", "heartrate hrate"),
    _Words(
        "marker or device state",
        "sti stim mk gnd tag toco uc pace dc time",
        "marker event trig status sync annot arousal batter light photic pacer pacing pacem calib clock count",
    ),
)
"""By kind. If a word belongs to several kinds, the first row decides."""
_PLACES: Final = (
    _Words("respiration", "tho thor", "chest thora torac abd addom ribcage"),
    _Words("EMG", "leg legs lleg rleg larm rarm"),
)
_ABOUT_AN_ECG: Final = re.compile(
    r"z (?:ecg|ekg)"
    r"|(?:ecg|ekg) (?:derived.*|(?:\d+ )?(?:hr|heart rate|rate|rr|off|offset|status|quality|sqi|impedance|imp))"
)
"""A signal that describes an ECG, such as ``EKG_Off`` and ``z-ECG``, the impedance of its electrodes."""
_EEG_TYPE_BEFORE_ECG: Final = re.compile(r"\W*eeg[ _-]*(?:ecg|ekg)")
"""Some EDF+ files give every signal the type EEG: ``EEG EKG1-REF`` is ECG."""

_LEAD: Final = re.compile(
    r"(?:m|mod|lead)?(?:"
    r"[del]?i{1,3}|d[1-4]"  # I to III, also DII, LII and E-II; D3 and D4 of the European ST-T database
    r"|a?v[rlf]"
    r"|v\d?|v\d{1,2}r|rv\d|v[xyz]"  # chest leads of both sides; Frank's leads
    r"|mcl\d?|cl\d|c[mcrb][1-7]|ml[1-6]"  # modified leads of Holter recorders and monitors
    r"|es|as|ai"  # EASI
    r"|(?:ra|la|ll){2}"  # limb leads by their two electrodes
    r")"
)
_BESIDE_A_LEAD: Final = frozenset({
    "lead", "leads", "limb", "precordial", "chest", "derivation", "derivacion", "derivazione", "ableitung", "abl",
    "einthoven", "mod", "modified", "bipolar", "unipolar", "raw", "filtered", "filt", "inv", "inverted", "ref",
    "pol", "mv", "uv",
})  # fmt: skip
"""Words beside the name of a lead that say nothing about the signal."""
_LEAD_IN_OTHER_SCRIPTS: Final = re.compile("导联|導聯|第|誘導|отведение")
"""Words for a lead, which may stand next to its name without a blank."""
_CHANNEL_NUMBER: Final = re.compile(r"(?:ch|chan|channel)?\d+")
_ELECTRODE: Final = re.compile(r"(?:(?:fp|af|fc|ft|cp|tp|po|pg|sp|[fctpoam])(?:z|\d{1,2}h?)|[in]z|e\d{1,3}){1,2}")
"""One or two electrodes on the head: ``C3``, ``C3-A2``, ``C3A2``; E0 to E256 are those of dense nets."""
_CHEST_OR_HEAD: Final = re.compile(r"c([1-6])(?:[mu]v)?")
"""IEC 60601-2-25 calls the electrodes of V1 to V6 C1 to C6, and so do many devices; 10-10 has C1 to C6 on the head."""
_LIMB_LEAD: Final = re.compile(r"(?:m|mod|lead)?(?:[del]?i{1,3}|d[1-3]|a?v[rlf])")
_BOTH_SIDES: Final = frozenset("34")
"""C3 and C4 are the electrodes of nearly every sleep recording."""
_REFERENCES: Final = frozenset(["ref", "le", "ar", "avg", "av"])


@lru_cache(maxsize=4096)
def kind_by_name(name: str) -> SignalKind | None:
    """The kind of signal that has this name; None if the name does not say it.

    Case, accents, punctuation and the order of words around a lead's name do not matter.

    Examples
    --------
    >>> [kind_by_name(name) for name in ("MLII", "ECG BP 0.5-40 Hz", "C3-A2", "Nasal", "chan 1")]
    ['ECG', 'ECG', 'EEG', 'respiration', None]
    """
    plain = _plain(name)
    words = re.findall(r"[^\W\d_]+|\d+", plain)
    if _ABOUT_AN_ECG.fullmatch(" ".join(words)):
        return "about an ECG"
    if _EEG_TYPE_BEFORE_ECG.match(plain):
        return "ECG"
    return _first_kind(words, _WORDS) or _kind_by_electrodes(plain) or _first_kind(words, _PLACES)


def kind_beside(name: str, names: Iterable[str]) -> SignalKind | None:
    """The kind of signal that has this name in a source, by the names of all signals of the source.

    ``C1`` to ``C6`` need the other names. Beside EEG or EOG they are electrodes on the head. Beside limb leads they are
    the chest leads V1 to V6. Without either, and for C3 and C4 alone, the names do not say it. Other names never do.

    Examples
    --------
    >>> kind_beside("C1", ["I", "II", "C1"]), kind_beside("C1", ["C1", "Cz"]), kind_beside("C1", ["C1"])
    ('ECG', 'EEG', None)
    """
    if not _chest_number(name):
        return kind_by_name(name)
    names = tuple(names)
    numbers = {number for one in names if (number := _chest_number(one))}
    others = [one for one in names if not _chest_number(one)]
    if {"EEG", "EOG"} & {kind_by_name(one) for one in others}:
        return "EEG"
    return "ECG" if numbers - _BOTH_SIDES and any(map(_is_limb_lead, others)) else None


def _chest_number(name: str) -> str | None:
    """``1`` to ``6`` for C1 to C6, which are chest leads or electrodes on the head."""
    found = _CHEST_OR_HEAD.fullmatch("".join(re.findall(r"[^\W_]+", _plain(name))))
    return found and found[1]


def _is_limb_lead(name: str) -> bool:
    parts = re.findall(r"[^\W_]+", _plain(name))
    return kind_by_name(name) == "ECG" and any(map(_LIMB_LEAD.fullmatch, (*parts, "".join(parts))))


def _plain(name: str) -> str:
    """The name in small letters without accents: ``BodyPos`` is ``body pos``, and ``E.C.G.`` is ``ecg``."""
    apart = re.sub(r"(?<=[a-z]{3})(?=[A-Z])", " ", unicodedata.normalize("NFKD", name))
    plain = "".join(character for character in apart if not unicodedata.combining(character)).casefold()
    return re.sub(r"(?<![a-z])(?:[a-z]\.){2,}", lambda found: found[0].replace(".", ""), plain)


def _first_kind(words: list[str], kinds: tuple[_Words, ...]) -> SignalKind | None:
    return next((row.kind for word in words for row in kinds if row.has(word)), None)


def _kind_by_electrodes(plain: str) -> SignalKind | None:
    """The kind by the name of a lead, or by electrodes on the head. ``II-2`` is the second signal of the name II."""
    parts = re.findall(r"[^\W_]+", _LEAD_IN_OTHER_SCRIPTS.sub(" ", plain))
    counted = len(parts) > 1 and re.fullmatch(r"\d", parts[-1])
    for named in (parts, parts[:-1]) if counted else (parts,):
        if _is_lead([part for part in named if part not in _BESIDE_A_LEAD]):
            return "ECG"
        electrodes = [part for part in named if part not in _REFERENCES]
        if electrodes and all(map(_ELECTRODE.fullmatch, electrodes)):
            return "EOG" if len(electrodes) > 1 and electrodes[0] in ("e1", "e2") else "EEG"
    return None


def _is_lead(parts: list[str]) -> bool:
    """Whether all parts are names of leads, or one name together, after the number of a channel."""
    if len(parts) > 1 and _CHANNEL_NUMBER.fullmatch(parts[0]):
        parts = parts[1:]
    return bool(parts) and (all(map(_LEAD.fullmatch, parts)) or bool(_LEAD.fullmatch("".join(parts))))
