"""The effect of a signal, and a signal that Python loses."""

import io
import signal

import pytest

from wardbeat.embedded.interrupts import SIGNALS, interruptible, then_ignore_signals


class Interrupted(io.RawIOBase):
    """A file whose closing is interrupted."""

    def close(self) -> None:
        if not self.closed:
            super().close()
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_interrupts_and_its_handler_is_restored(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruptible() as interrupts:
        interrupts.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_an_interrupt_that_python_has_lost_is_noticed() -> None:
    with interruptible() as interrupts:
        file = Interrupted()
        del file  # no exception leaves a finalizer
        with pytest.raises(KeyboardInterrupt):
            interrupts.check()


def test_cleaning_up_is_not_interrupted() -> None:
    with interruptible() as interrupts:
        with then_ignore_signals():
            pass
        signal.raise_signal(signal.SIGINT)
        interrupts.check()
