"""``wardbeat classify serve``: the classify service."""

import click

from wardbeat.cli.values import LINE, Whole
from wardbeat.contracts import rules


@click.command(name="serve")
@click.option("--host", type=LINE, default=None, help="Address to listen on; WARDBEAT_CLASSIFY_HOST, else 127.0.0.1.")
@click.option(
    "--port",
    type=Whole(rules.PORT),
    default=None,
    help="Port to listen on, 0 for a free one; WARDBEAT_CLASSIFY_PORT, else 8051.",
)
def command(host: str | None, port: int | None) -> None:
    """Serve the networks of the study until Ctrl-C or SIGTERM.

    It answers uploads of pictures and records, for the dashboard and for programs. It keeps nothing of them. Callers
    may use only the host names in WARDBEAT_CLASSIFY_HOSTS.
    """
    import asyncio

    from processors.classify.classifiers import Classifiers
    from processors.classify.server import serve
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    given = settings()
    logs.configure(as_json=given.log_json)
    instruments = Instruments()
    address = (
        given.classify_host if host is None else host,
        given.classify_port if port is None else port,
    )
    with serve_instruments(instruments, given.metrics_host, given.metrics_port):
        asyncio.run(
            serve(
                Classifiers(ward=given.bundle),
                given.classify_hosts,
                address,
                announce=lambda url: click.echo(f"Wardbeat's classify service: {url}"),
                instruments=instruments,
            )
        )
