"""Configures the log lines of a process on stderr: for people or as JSON, also those of libraries."""

import logging
import sys
from types import TracebackType
from typing import Final

import structlog

from wardbeat.errors import in_one_line

_JSON: Final = "json lines"


def configure(*, as_json: bool = False, level: int = logging.WARNING) -> None:
    """Write log lines from ``level`` on to stderr. As JSON, each entry is one line, also an uncaught error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    if as_json:
        rendering: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
        sys.excepthook = _log_uncaught
    else:
        rendering = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    if as_json:
        handler.set_name(_JSON)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)


def log_fatal(error: Exception) -> None:
    """Report the error that ends the process: one line for people, or a log line if log lines are JSON."""
    if any(handler.get_name() == _JSON for handler in logging.getLogger().handlers):
        structlog.get_logger(__name__).critical(str(error), error=type(error).__name__)
    else:
        sys.stderr.write(f"wardbeat: {in_one_line(str(error))}\n")


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger(__name__).critical("an error that we did not expect", exc_info=(kind, error, traceback))
