"""Injects faults into a whole ward and compares its outputs with an undisturbed run: ``make chaos``.

The ward has three Kafka nodes, Redis, workers and a replay of real records in real time, each in its own process. The
seed determines the plan of faults. The expected outputs are the outputs of ``annotate`` for the same chunks.

The delay of a beat lasts from its R peak at the bedside until the first reader of the topic receives it. The *gap* is
the delay without the time in which the plan takes the only instance of something away (Redis, the producer); the time
of the recovery counts. The exit code is 0 only if no output was lost or doubled, and no gap was longer than
``LONGEST_GAP_S``.
"""

import asyncio
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from benchmarks.comparison import (
    Lateness,
    OutputDifference,
    UnixPeriod,
    compare_alerts,
    compare_beats,
    compare_stored,
    compare_windows,
    lateness,
)
from benchmarks.faults import KINDS, Fault, plan_faults
from benchmarks.fleet import NODES, PARTITIONS, START_LIMIT_S, Fleet, FleetOptions
from benchmarks.injection import Injection
from benchmarks.readings import (
    Reader,
    alerts_in_kafka,
    alerts_in_redis,
    announced_changes,
    beats_in_kafka,
    first_arrivals,
    windows_in_kafka,
)
from benchmarks.undisturbed import ReplayRun, Undisturbed, undisturbed
from producers.journal import Journal
from producers.replay import ReplayOptions
from wardbeat.contracts import topics
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.embedded.interrupts import Interrupts, interruptible, then_ignore_signals
from wardbeat.errors import WardbeatError
from wardbeat.store.redis_client import connect

LONGEST_GAP_S: Final = 10.0
"""The longest gap that any single failure may cause for a patient."""
LATE_S: Final = 3.0
"""A fault has delayed a beat if it arrives later than this; without faults no beat is so late."""
STEP_S: Final = 0.05
QUIET_S: Final = 15.0
"""The run ends when no beat arrives for 15 s after the end of the replay."""
BEFORE_S: Final = 3.0
"""A fault may also delay beats whose R peak is up to 3 s before the fault."""


class Run(NamedTuple):
    """A finished run.

    Attributes
    ----------
    journal : Journal
    plan : list of Fault
    struck_ns : list of UnixPeriod
        Start and end of each fault.
    arrived_ns : dict of int
        Unix time in ns at which each beat was first read, by id.
    restarts : list of str
        Processes that ended by themselves.
    """

    journal: Journal
    plan: list[Fault]
    struck_ns: list[UnixPeriod]
    arrived_ns: dict[str, int]
    restarts: list[str]


class Verdict(NamedTuple):
    """The differences between the outputs in Kafka and Redis and the expected ones, and the delays of the beats."""

    beats: OutputDifference
    windows: OutputDifference
    alerts: OutputDifference
    stored: OutputDifference
    late: list[Lateness]
    silent_ns: list[int]
    """Times of the no-data alerts. They depend on the clock, so ``annotate`` raises none, and we only count them."""

    @property
    def longest_gap_s(self) -> float:
        return max((one.gap_s for one in self.late), default=float("inf"))

    @property
    def passed(self) -> bool:
        differences = (self.beats, self.windows, self.alerts, self.stored)
        return not any(one.lost or one.doubled for one in differences) and self.longest_gap_s <= LONGEST_GAP_S


def run_ward(fleet: Fleet, options: FleetOptions, plan: list[Fault], interrupts: Interrupts) -> Run:
    """Start the replay, inject the faults of the plan, and wait until no more outputs arrive."""
    injection = Injection(fleet, plan, options.workers)
    with Reader(fleet.kafka.bootstrap_servers, topics.BEAT, PARTITIONS) as reader:
        journal = fleet.begin_replay()
        deadline_s = time.monotonic() + options.duration_s + START_LIMIT_S
        while not (fleet.finished and injection.finished and reader.quiet_s > QUIET_S):
            interrupts.check()
            if time.monotonic() > deadline_s:
                print(f"Not finished {START_LIMIT_S:g} s after the end of the replay; evaluated as it is.", flush=True)
                break
            injection.advance((time.time_ns() - journal.began_ns) / 1e9)
            fleet.restart_ended()
            time.sleep(STEP_S)
        arrived_ns = first_arrivals(reader.arrivals)
    return Run(journal, plan, injection.struck_ns, arrived_ns, fleet.restarts)


def judge(fleet: Fleet, run: Run, expected: Undisturbed) -> Verdict:
    """Compare the outputs of the ward with the expected ones."""
    faults = zip(run.plan, run.struck_ns, strict=True)
    excused = [period for fault, period in faults if KINDS[fault.kind].irreplaceable]
    stored, announced = asyncio.run(_stored(fleet.redis.url, {beat.stream_id for beat in expected.beats}))
    of_ecg, of_clock = alerts_in_kafka(fleet.access)
    return Verdict(
        compare_beats(expected.beats, beats_in_kafka(fleet.access)),
        compare_windows(expected.windows, windows_in_kafka(fleet.access)),
        compare_alerts(expected.alerts, of_ecg),
        compare_stored(expected.stored, stored, announced),
        lateness(expected.due_ns, run.arrived_ns, excused),
        list({alert.alert_id: alert.raised_acquired_ns for alert in of_clock}.values()),
    )


async def _stored(redis_url: str, streams: set[str]) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    async with connect(redis_url) as redis:
        return await alerts_in_redis(redis, streams), await announced_changes(redis)


def print_plan(plan: list[Fault]) -> None:
    for fault in plan:
        print(f"  {fault.at_s:7.1f} s  {fault.description}, for {fault.lasts_s:g} s", flush=True)


def print_report(run: Run, verdict: Verdict) -> None:
    """Print the effect of each fault and the differences at the end."""
    print("\n   at s  lasts   latest beat      its gap       recovered after  no data   fault")
    for row, (fault, period) in enumerate(zip(run.plan, run.struck_ns, strict=True)):
        following = run.struck_ns[row + 1].begin_ns if row + 1 < len(run.plan) else None
        of_fault = _between(verdict.late, period.begin_ns, following)
        latest_s = max((one.late_s for one in of_fault), default=0.0)
        gap_s = max((one.gap_s for one in of_fault), default=0.0)
        until_ns = following or time.time_ns()
        silent = sum(period.begin_ns <= one < until_ns for one in verdict.silent_ns)
        print(
            f"{fault.at_s:7.1f}  {fault.lasts_s:5.1f}  {latest_s:10.2f} s  {gap_s:9.2f} s  "
            f"{recovery_s(of_fault, period):17.2f} s  {silent:7}   {fault.description}"
        )
    undisturbed_until = run.struck_ns[0].begin_ns if run.plan else None
    quiet = sorted(one.late_s for one in _between(verdict.late, 0, undisturbed_until))
    if quiet:
        print(
            f"Before the first fault: {quiet[len(quiet) // 2]:.2f} s from R peak to reader, at most {quiet[-1]:.2f} s."
        )
    for what, difference in (
        ("Beats in Kafka", verdict.beats),
        ("Windows in Kafka", verdict.windows),
        ("Alerts in Kafka", verdict.alerts),
        ("Alerts in Redis", verdict.stored),
    ):
        print(
            f"{what}: {difference.lost} lost, {difference.doubled} doubled, {difference.repeated} repeated",
            *difference.examples,
        )
    print(f"Alerts of no data, which depend on the clock and not on the ECG: {len(verdict.silent_ns)}")
    for name in run.restarts:
        print(f"Ended by itself and was started again: {name}")


def recovery_s(late: list[Lateness], period: UnixPeriod) -> float:
    """Seconds from the start of a fault until the last delayed beat arrived; 0 without a delayed beat."""
    arrived_ns = [one.due_ns + one.late_s * 1e9 for one in late if one.late_s > LATE_S]
    return max(0.0, (max(arrived_ns) - period.begin_ns) / 1e9) if arrived_ns else 0.0


def summary(options: FleetOptions, run: Run, verdict: Verdict, expected: Undisturbed) -> dict[str, Any]:
    """The figures for ``--json``."""
    return {
        "patients": options.patients,
        "faults": len(run.plan),
        "lost_beats": verdict.beats.lost,
        "doubled_beats": verdict.beats.doubled,
        "lost_windows": verdict.windows.lost,
        "doubled_windows": verdict.windows.doubled,
        "lost_alerts": verdict.alerts.lost + verdict.stored.lost,
        "doubled_alerts": verdict.alerts.doubled + verdict.stored.doubled,
        "longest_gap_s": round(verdict.longest_gap_s, 2),
        "longest_lateness_s": round(max((one.late_s for one in verdict.late), default=float("inf")), 2),
        "repeated_beats": verdict.beats.repeated,
        "repeated_alerts": verdict.alerts.repeated,
        "beats": len(expected.beats),
        "alerts": len(expected.stored),
        "no_data_alerts": len(verdict.silent_ns),
        "restarts": len(run.restarts),
        "duration_s": options.duration_s,
        "workers": options.workers,
        "passed": verdict.passed,
    }


def _between(late: list[Lateness], begin_ns: int, end_ns: int | None) -> list[Lateness]:
    early_ns = round(BEFORE_S * 1e9)
    return [
        one for one in late if begin_ns - early_ns <= one.due_ns and (end_ns is None or one.due_ns < end_ns - early_ns)
    ]


@click.command()
@click.option("--patients", type=click.IntRange(1), default=60, show_default=True)
@click.option("--duration", "duration_s", type=click.FloatRange(20), default=600.0, show_default=True, help="Seconds.")
@click.option("--faults", "n_faults", type=click.IntRange(0), default=len(KINDS), show_default=True, help="Number.")
@click.option("--only", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="Only these kinds of fault.")
@click.option("--seed", default=1, show_default=True, help="Seed of the plan.")
@click.option("--workers", type=click.IntRange(1, PARTITIONS - 1), default=3, show_default=True)
@click.option(
    "--records", type=click.Path(path_type=Path, file_okay=False), help="WFDB records; default: the shipped excerpts."
)
@click.option("--logs", type=click.Path(path_type=Path, file_okay=False), help="Keep the logs of all processes here.")
@click.option("--plan", "only_plan", is_flag=True, help="Print the plan and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object on the last line.")
def main(
    patients: int,
    duration_s: float,
    n_faults: int,
    kinds: tuple[str, ...],
    seed: int,
    workers: int,
    records: Path | None,
    logs: Path | None,
    only_plan: bool,
    as_json: bool,
) -> None:
    """Inject faults into a whole ward and check that no output is lost or doubled."""
    plan = plan_faults(seed, n_faults, duration_s, workers=workers, nodes=NODES, kinds=kinds or tuple(KINDS))
    print(f"{patients} patients, {duration_s:g} s, {workers} workers, {len(plan)} faults of seed {seed}:")
    print_plan(plan)
    if only_plan:
        return
    with interruptible() as interrupts, ExitStack() as stack, then_ignore_signals():
        folder = records or stack.enter_context(excerpts_folder())
        if logs is None:
            logs = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="wardbeat-chaos-", ignore_cleanup_errors=True))
            )
        logs.mkdir(parents=True, exist_ok=True)
        options = FleetOptions(folder.resolve(), patients, duration_s, workers)
        try:
            passed, figures = _chaos(options, plan, logs.resolve(), stack, interrupts)
        except WardbeatError as error:
            print(f"chaos: {error}", file=sys.stderr)
            sys.exit(2)
    print("Passed." if passed else "FAILED.")
    if as_json:
        print(json.dumps(figures))
    sys.exit(0 if passed else 1)


def _chaos(
    options: FleetOptions, plan: list[Fault], logs: Path, stack: ExitStack, interrupts: Interrupts
) -> tuple[bool, dict[str, Any]]:
    fleet = Fleet(logs, options, stack, lambda text: print(text, flush=True))
    fleet.start()
    run = run_ward(fleet, options, plan, interrupts)
    fleet.stop_workers()
    print("Computing the expected outputs …", flush=True)
    replay_run = ReplayRun(
        options.records, options.patients, ReplayOptions(loop=True, duration_s=options.duration_s), run.journal
    )
    expected = undisturbed(replay_run)
    verdict = judge(fleet, run, expected)
    print_report(run, verdict)
    return verdict.passed, summary(options, run, verdict, expected)


if __name__ == "__main__":
    main()
