"""Strikes a whole ward again and again, and compares what it said with an undisturbed run: ``make chaos``.

Three Kafka nodes, Redis, workers and a replay of real records at the speed of time, each a process of its own. The plan
of faults follows from its seed. What should have been said is what ``annotate`` finds in the same chunks.

How long a beat is waited for runs from its R peak at the bedside to the first reader of the topic. The *gap* is that
without the time for which the only one of something was gone by the plan (Redis, the producer); to come back counts.
The exit code is 0 only if nothing was lost or doubled, and no gap was longer than ``LONGEST_GAP_S``.
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
    compare_kept,
    lateness,
)
from benchmarks.faults import KINDS, Fault, plan_faults
from benchmarks.fleet import NODES, PARTITIONS, START_LIMIT_S, Fleet, FleetOptions
from benchmarks.injection import Injection
from benchmarks.readings import Reader, alerts_announced, alerts_kept, alerts_there, beats_there, first_arrivals
from benchmarks.undisturbed import Played, Undisturbed, undisturbed
from producers.journal import Journal
from producers.replay import ReplayOptions
from wardbeat.contracts import topics
from wardbeat.ecg.io.excerpts import excerpts_folder
from wardbeat.embedded.interrupts import Interrupts, interruptible, then_ignore_signals
from wardbeat.errors import WardbeatError
from wardbeat.store.redis_client import connect

LONGEST_GAP_S: Final = 10.0
"""A patient may be out of sight for so long when something breaks (issue: takeover and every single failure)."""
LATE_S: Final = 3.0
"""A beat that came later than this was held up by something: nobody waits so long in peace."""
LOOK_S: Final = 0.05
QUIET_S: Final = 15.0
"""Nothing more comes once nothing came for so long after the last patient has ended."""
BEFORE_S: Final = 3.0
"""Beats of so long before a fault may be told of after it has struck."""


class Run(NamedTuple):
    """A run that has come to its end.

    Attributes
    ----------
    journal : Journal
    plan : list of Fault
    struck_ns : list of UnixPeriod
        When each fault began and was undone.
    arrived_ns : dict of int
        When each beat was first read, by id.
    restarts : list of str
        What ended by itself.
    """

    journal: Journal
    plan: list[Fault]
    struck_ns: list[UnixPeriod]
    arrived_ns: dict[str, int]
    restarts: list[str]


class Verdict(NamedTuple):
    """What became of what should have been said, in Kafka and in Redis."""

    beats: OutputDifference
    alerts: OutputDifference
    kept: OutputDifference
    late: list[Lateness]
    silent_ns: list[int]
    """When the clock raised each alert of no data. An annotation has none, so they are only counted."""

    @property
    def longest_gap_s(self) -> float:
        return max((one.gap_s for one in self.late), default=float("inf"))

    @property
    def passed(self) -> bool:
        differences = (self.beats, self.alerts, self.kept)
        return not any(one.lost or one.doubled for one in differences) and self.longest_gap_s <= LONGEST_GAP_S


def run_ward(fleet: Fleet, options: FleetOptions, plan: list[Fault], interrupts: Interrupts) -> Run:
    """Let the patients come, strike by the plan, and wait until nothing more comes."""
    injection = Injection(fleet, plan, options.workers)
    with Reader(fleet.kafka.bootstrap_servers, topics.BEAT, PARTITIONS) as reader:
        journal = fleet.begin_replay()
        deadline_s = time.monotonic() + options.duration_s + START_LIMIT_S
        while not (fleet.over and injection.over and reader.quiet_s > QUIET_S):
            interrupts.check()
            if time.monotonic() > deadline_s:
                print(f"Not at its end {START_LIMIT_S:g} s after the last patient; judged as it is.", flush=True)
                break
            injection.go_on((time.time_ns() - journal.began_ns) / 1e9)
            fleet.keep_up()
            time.sleep(LOOK_S)
        arrived_ns = first_arrivals(reader.arrivals)
    return Run(journal, plan, injection.struck_ns, arrived_ns, fleet.restarts)


def judge(fleet: Fleet, run: Run, expected: Undisturbed) -> Verdict:
    """What the ward said beside what it should have said."""
    excused = [span for fault, span in zip(run.plan, run.struck_ns, strict=True) if KINDS[fault.kind].nobody_else]
    kept, announced = asyncio.run(_kept(fleet.redis.url, {beat.stream_id for beat in expected.beats}))
    of_ecg, of_clock = alerts_there(fleet.access)
    return Verdict(
        compare_beats(expected.beats, beats_there(fleet.access)),
        compare_alerts(expected.alerts, of_ecg),
        compare_kept(expected.kept, kept, announced),
        lateness(expected.due_ns, run.arrived_ns, excused),
        list({alert.alert_id: alert.raised_acquired_ns for alert in of_clock}.values()),
    )


async def _kept(redis_url: str, streams: set[str]) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    async with connect(redis_url) as redis:
        return await alerts_kept(redis, streams), await alerts_announced(redis)


def print_plan(plan: list[Fault]) -> None:
    for fault in plan:
        print(f"  {fault.at_s:7.1f} s  {fault.words}, for {fault.lasts_s:g} s", flush=True)


def print_report(run: Run, verdict: Verdict) -> None:
    """What each fault did, and what is left of it in the end."""
    print("\n   at s  lasts   latest beat      its gap   all caught up after  no data   fault")
    for row, (fault, span) in enumerate(zip(run.plan, run.struck_ns, strict=True)):
        following = run.struck_ns[row + 1].begin_ns if row + 1 < len(run.plan) else None
        of_it = _between(verdict.late, span.begin_ns, following)
        latest_s = max((one.late_s for one in of_it), default=0.0)
        gap_s = max((one.gap_s for one in of_it), default=0.0)
        until_ns = following or time.time_ns()
        silent = sum(span.begin_ns <= one < until_ns for one in verdict.silent_ns)
        print(
            f"{fault.at_s:7.1f}  {fault.lasts_s:5.1f}  {latest_s:10.2f} s  {gap_s:9.2f} s  "
            f"{caught_up_s(of_it, span):17.2f} s  {silent:7}   {fault.words}"
        )
    undisturbed_until = run.struck_ns[0].begin_ns if run.plan else None
    quiet = sorted(one.late_s for one in _between(verdict.late, 0, undisturbed_until))
    if quiet:
        print(
            f"Before the first fault: {quiet[len(quiet) // 2]:.2f} s from R peak to reader, at most {quiet[-1]:.2f} s."
        )
    for what, difference in (
        ("Beats in Kafka", verdict.beats),
        ("Alerts in Kafka", verdict.alerts),
        ("Alerts in Redis", verdict.kept),
    ):
        print(
            f"{what}: {difference.lost} lost, {difference.doubled} doubled, {difference.repeated} said once more",
            *difference.examples,
        )
    print(f"Alerts of no data, which the clock decides and annotate does not know: {len(verdict.silent_ns)}")
    for name in run.restarts:
        print(f"Ended by itself and was started again: {name}")


def caught_up_s(late: list[Lateness], span: UnixPeriod) -> float:
    """How long after a fault began the last beat came that it had held up; 0 if it held up none."""
    came_ns = [one.due_ns + one.late_s * 1e9 for one in late if one.late_s > LATE_S]
    return max(0.0, (max(came_ns) - span.begin_ns) / 1e9) if came_ns else 0.0


def summary(options: FleetOptions, run: Run, verdict: Verdict, expected: Undisturbed) -> dict[str, Any]:
    """The object on the last line."""
    return {
        "patients": options.patients,
        "faults": len(run.plan),
        "lost_beats": verdict.beats.lost,
        "doubled_beats": verdict.beats.doubled,
        "lost_alerts": verdict.alerts.lost + verdict.kept.lost,
        "doubled_alerts": verdict.alerts.doubled + verdict.kept.doubled,
        "longest_gap_s": round(verdict.longest_gap_s, 2),
        "longest_lateness_s": round(max((one.late_s for one in verdict.late), default=float("inf")), 2),
        "repeated_beats": verdict.beats.repeated,
        "repeated_alerts": verdict.alerts.repeated,
        "beats": len(expected.beats),
        "alerts": len(expected.kept),
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
@click.option("--faults", "n_faults", type=click.IntRange(0), default=len(KINDS), show_default=True, help="How many.")
@click.option("--only", "kinds", type=click.Choice(list(KINDS)), multiple=True, help="These kinds of fault only.")
@click.option("--seed", default=1, show_default=True, help="Of the plan.")
@click.option("--workers", type=click.IntRange(1, PARTITIONS - 1), default=3, show_default=True)
@click.option(
    "--records", type=click.Path(path_type=Path, file_okay=False), help="WFDB records; the shipped excerpts without."
)
@click.option("--logs", type=click.Path(path_type=Path, file_okay=False), help="Keep the logs of all processes here.")
@click.option("--plan", "only_plan", is_flag=True, help="Print the plan and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="The figures as one object, on the last line.")
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
    """Strike a whole ward, and see that nothing is lost and nothing said twice."""
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
    print("What should have been said …", flush=True)
    played = Played(
        options.records, options.patients, ReplayOptions(loop=True, duration_s=options.duration_s), run.journal
    )
    expected = undisturbed(played)
    verdict = judge(fleet, run, expected)
    print_report(run, verdict)
    return verdict.passed, summary(options, run, verdict, expected)


if __name__ == "__main__":
    main()
