import inspect

import pytest

from wardbeat import errors
from wardbeat.errors import CodecError, MisplacedError, OversizedError, WardbeatError, root_cause

ERRORS = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_has_the_one_root_and_explains_itself(error: type[Exception]) -> None:
    assert issubclass(error, WardbeatError)
    assert inspect.getdoc(error) != inspect.getdoc(Exception)
    assert error.__doc__


def test_each_kind_of_unreadable_record_is_counted_apart() -> None:
    kinds = [CodecError.kind, OversizedError.kind, MisplacedError.kind]
    assert len(set(kinds)) == len(kinds)


def test_the_root_cause_is_the_innermost_error_without_addresses() -> None:
    def connect() -> None:
        try:
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            except OSError as error:
                raise ValueError("pool 127.0.0.1") from error
        except ValueError:
            raise RuntimeError("http://127.0.0.1")  # noqa: B904 # libraries do this

    with pytest.raises(RuntimeError) as caught:
        connect()
    assert root_cause(caught.value) == "Connection refused"
    assert root_cause(TimeoutError()) == "TimeoutError"
