"""``wardbeat canary``: send the canary into Kafka, in real time and for ever."""

import logging

import click


@click.command(name="canary")
def command() -> None:
    """Send the canary into Kafka until Ctrl-C or SIGTERM: a synthetic patient whose alerts show that alerts arrive.

    Start exactly one in a ward, and set WARDBEAT_CANARY=on here and for the escalators and dashboards, which judge its
    proofs. It is no patient: it never sounds, is never escalated and never counted.
    """
    from producers.patients import canary_patient
    from producers.replay import ReplayOptions, replay
    from producers.sink import KafkaChunkSink
    from wardbeat.cli.replay import stop_on_signals
    from wardbeat.errors import SettingsError
    from wardbeat.observability import logs
    from wardbeat.observability.instruments import Instruments, serve_instruments
    from wardbeat.settings import settings

    given = settings()
    if not given.canary:
        raise SettingsError(
            "WARDBEAT_CANARY: it is off, so no process would judge the canary; set it to on here and for the "
            "escalators and dashboards"
        )
    logs.configure(as_json=given.log_json, level=logging.WARNING)
    instruments = Instruments(("kafka",))
    with serve_instruments(instruments, given.metrics_host, given.metrics_port), stop_on_signals() as stop:
        sink = KafkaChunkSink(given.kafka)
        instruments.probes.set_check("kafka", lambda: None)  # the sink has connected
        summary = replay([canary_patient()], sink, ReplayOptions(loop=True), stop=stop)
    click.echo(f"{summary.chunks_sent} chunks sent, {summary.chunks_failed} failed, {summary.seconds:.1f} s")
