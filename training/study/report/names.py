"""The words and file names of a report."""

import re

WORDS = {
    "macro_auc": "macro AUC",
    "macro_f1": "macro F1",
    "macro_precision": "macro precision",
    "macro_recall": "macro recall",
    "accuracy": "accuracy",
}
CAPITALS = {"auc", "f1", "n", "s", "v", "f", "q"}
"""Parts of a name that stand in capital letters."""


def words_of_figure(name: str) -> str:
    """The words for a figure: known ones as the literature writes them, others from their name.

    Examples
    --------
    >>> words_of_figure("macro_auc"), words_of_figure("v_f1")
    ('macro AUC', 'V F1')
    """
    if name in WORDS:
        return WORDS[name]
    return " ".join(part.upper() if part in CAPITALS else part for part in name.split("_"))


def file_name(text: str) -> str:
    """A text as a part of a file name: small letters, digits and underscores.

    Examples
    --------
    >>> file_name("Transfer: F1 of V, by patients")
    'transfer_f1_of_v_by_patients'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "untitled"
