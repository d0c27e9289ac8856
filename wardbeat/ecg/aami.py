"""The AAMI class (ANSI/AAMI EC57) of each WFDB beat symbol.

The classes are those of de Chazal 2004 (doi:10.1109/TBME.2004.827359), table I. That table covers mitdb. The four
symbols that mitdb does not use (B n r ?) have the class that EC57 gives their kind.
"""

from typing import Final

from wardbeat.contracts.messages import Symbol

_CLASSES: Final[dict[Symbol, str]] = {"N": "NLRejBn", "S": "AaJS", "V": "VEr", "F": "F", "Q": "/fQ?"}
AAMI_CLASS: Final[dict[str, Symbol]] = {symbol: aami for aami, symbols in _CLASSES.items() for symbol in symbols}
"""AAMI class of a WFDB annotation symbol; it has no symbols that are no beats."""
