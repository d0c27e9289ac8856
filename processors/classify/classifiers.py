"""The classifiers of the service, each read from its bundle when the first upload needs it."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from wardbeat.errors import BundleError

if TYPE_CHECKING:
    from models.classify.picture import PictureClassifier
    from models.classify.twelve_lead import TwelveLeadClassifier
    from models.runtime import Runtime

NOT_INSTALLED: Final = (
    "its networks are not installed; `make study` fits and ships them, `wardbeat doctor` says what is missing"
)
"""What callers of the service read in place of a BundleError, which names folders of this machine."""
_Loaded = TypeVar("_Loaded")


class Lazy(Generic[_Loaded]):
    """Something that is loaded once, by the first thread that needs it."""

    def __init__(self, load: Callable[[], _Loaded]) -> None:
        self._load = load
        self._lock = Lock()
        self._loaded: _Loaded | None = None

    def get(self) -> _Loaded:
        """The loaded object; an error of the loading is raised each time."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


class Classifiers:
    """The networks for pictures and for twelve leads, and the ward's networks.

    Parameters
    ----------
    picture, twelve_lead, ward : Path, optional
        Bundles; without them, the shipped ones.
    """

    def __init__(self, picture: Path | None = None, twelve_lead: Path | None = None, ward: Path | None = None) -> None:
        self.picture = Lazy(lambda: _picture(picture))
        self.twelve_lead = Lazy(lambda: _twelve_lead(twelve_lead))
        self.ward = Lazy(lambda: _ward(ward))

    def problems(self) -> dict[str, str | None]:
        """For each classifier why it can't answer; None if it can. This loads those two."""
        return {"picture": _problem(self.picture.get), "twelve_lead": _problem(self.twelve_lead.get)}


def _problem(load: Callable[[], object]) -> str | None:
    try:
        load()
    except BundleError as error:
        return str(error)
    return None


def _picture(folder: Path | None) -> "PictureClassifier":
    from models.classify.picture import PictureClassifier

    return PictureClassifier.load(folder)


def _twelve_lead(folder: Path | None) -> "TwelveLeadClassifier":
    from models.classify.twelve_lead import TwelveLeadClassifier

    return TwelveLeadClassifier.load(folder)


def _ward(folder: Path | None) -> "Runtime":
    from models.runtime import Runtime

    return Runtime.load(folder)
