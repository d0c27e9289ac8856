"""The times of the report, as a reader of ECG expects them."""


def clock(t_s: float) -> str:
    """A time from the start of the record as h:mm:ss, cut to the second.

    Examples
    --------
    >>> clock(3725.9)
    '1:02:05'
    """
    whole = int(t_s)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def tenths(t_s: float) -> str:
    """The same with tenths of a second.

    Examples
    --------
    >>> tenths(3725.97)
    '1:02:05.9'
    """
    return f"{clock(t_s)}.{int(10 * t_s) % 10}"


def lasting(duration_s: float) -> str:
    """A duration: seconds with a decimal below a minute, else as :func:`clock`.

    Examples
    --------
    >>> lasting(3.84), lasting(75.0)
    ('3.8 s', '0:01:15')
    """
    return f"{duration_s:.1f} s" if duration_s < 59.95 else clock(round(duration_s))
