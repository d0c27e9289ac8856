"""``wardbeat dashboard``: serve the screens of the ward."""

import click

from wardbeat.cli.values import LINE, Whole
from wardbeat.contracts import rules


@click.command()
@click.option("--host", type=LINE, default=None, help="Address to listen on; WARDBEAT_DASHBOARD_HOST, else 127.0.0.1.")
@click.option(
    "--port",
    type=Whole(rules.PORT),
    default=None,
    help="Port to listen on, 0 for a free one; WARDBEAT_DASHBOARD_PORT, else 8050.",
)
def command(host: str | None, port: int | None) -> None:
    """Serve the screens of the ward until Ctrl-C or SIGTERM.

    Browsers may use only the host names in WARDBEAT_DASHBOARD_HOSTS. Without Redis the pages show that no bed is
    monitored; they continue by themselves when Redis answers.
    """
    import asyncio

    from dashboard.server import serve
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    given = settings()
    logs.configure(as_json=given.log_json)
    instruments = Instruments(("redis",))
    with serve_instruments(instruments, given.metrics_host, given.metrics_port):
        asyncio.run(
            serve(
                given,
                given.dashboard_host if host is None else host,
                given.dashboard_port if port is None else port,
                announce=lambda address: click.echo(f"Wardbeat's dashboard: {address}"),
                instruments=instruments,
            )
        )
