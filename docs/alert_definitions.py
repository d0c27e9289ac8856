"""When each alert is raised, and the life of an alert, for the page of alert codes (``generate.py``)."""

from processors.monitor.chunk_order import CONFLICT_AFTER_S
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.monitor.rhythm.unreadable import BLIND_S
from processors.worker.silence import NO_DATA_AFTER_S, RISES_AFTER_S
from wardbeat.care.alert_lifecycle import SOUNDS_AGAIN_S
from wardbeat.care.alert_off import NEVER_OFF
from wardbeat.care.audio_pause import PAUSE_S
from wardbeat.contracts import canary
from wardbeat.store import redis_keys

ALERT_LIFE = f"""## The life of an alert

| state | meaning | next |
| --- | --- | --- |
| `active` | its condition holds; no member of staff has acknowledged it | acknowledged, or its condition ends |
| `acknowledged` | staff have seen it; its condition holds | resolved when the condition ends |
| `ended` | its condition is over; no member of staff has seen it (high priority only) | resolved once acknowledged |
| `resolved` | nothing is left to do | a condition that returns is a new alert |

- An acknowledgement holds for {SOUNDS_AGAIN_S:g} s. If the condition holds after that, the alert sounds again,
  and staff must acknowledge it again.
- An alert that becomes more urgent is active again, also if it was acknowledged before.
- An audio pause of a bed or of the ward lasts at most {PAUSE_S.high:g} s. An alert that begins during it with
  high priority, or rises to it, breaks through.
- An alert code that is switched off for a patient raises no alert and hides no less urgent one; an open alert ends. The
  audit records who switched it off, when and why, and the tile shows it. If it is switched on again while its condition
  holds, a new alert is raised. {", ".join(f"`{code}`" for code in sorted(NEVER_OFF))} and technical alerts cannot be
  switched off.
- `resolve` is refused while the condition holds. Discharge and transfer close every alert of the patient.
- If a monitor begins from the start, the alerts of the one before stay for a minute of signal. Those that the new
  monitor has not raised again then end.
- The bed's audit records who did what, and when. It is written together with each change, and kept for
  {redis_keys.ALERT_TTL_S // 86400} days.
"""
_LIMITS = RhythmLimits()
_LATER = f"medium after {_LIMITS.technical_rises_s:g} s"
_LONG = f"for {_LIMITS.hr_high_delay_s:g} s at 20/min beyond it, {_LIMITS.slight_excess_s / 60:g} min at up to 2/min"
DEFINITIONS = {
    "asystole": f"no QRS complex for {_LIMITS.asystole_s:g} s while a lead is usable",
    "ventricular_fibrillation": "fibrillation or flutter: the ventricular network finds a ventricular rhythm in "
    f"{_LIMITS.ventricular.fibrillation_s} of 5 s, without organised QRS complexes and without a line between the "
    "waves. The evidence says so if fibrillation and tachycardia are not told apart",
    "ventricular_tachycardia": f"{_LIMITS.vt_beats} or more ventricular beats in a row above {_LIMITS.vt_bpm}/min, "
    "or four seconds of regular wide complexes as fast as that, by the ventricular network. The value is the rate",
    "extreme_bradycardia": f"heart rate below {_LIMITS.extreme_low_bpm}/min over {_LIMITS.low_beats} beats",
    "extreme_tachycardia": f"heart rate above {_LIMITS.extreme_high_bpm}/min over {_LIMITS.high_beats} beats",
    "bradycardia": f"heart rate below {_LIMITS.hr_low_bpm}/min over {_LIMITS.low_beats} beats, {_LONG}",
    "tachycardia": f"heart rate above {_LIMITS.hr_high_bpm}/min over {_LIMITS.high_beats} beats, {_LONG}",
    "ventricular_rhythm": f"{_LIMITS.vt_beats} or more ventricular beats in a row at {_LIMITS.vt_bpm}/min or slower",
    "ventricular_run": f"3 to {_LIMITS.vt_beats - 1} ventricular beats in a row",
    "pause": f"no QRS complex for {_LIMITS.pause_s:g} s",
    "atrial_fibrillation": f"atrial fibrillation for {_LIMITS.af_s:g} s, once an episode, which ends after "
    f"{_LIMITS.af_recovery_s:g} s without; not if it is known for the patient",
    "bigeminy": f"{_LIMITS.cycles} or more cycles of one normal, one ventricular beat",
    "trigeminy": f"{_LIMITS.cycles} or more cycles of two normal, one ventricular beat",
    "couplet": "2 ventricular beats in a row",
    "pvc_rate": f"more than {_LIMITS.pvc_per_minute} ventricular beats a minute",
    "supraventricular_run": f"{_LIMITS.supraventricular_run_beats} or more supraventricular beats in a row above "
    f"{_LIMITS.supraventricular_run_bpm}/min, which begin suddenly",
    "anomaly": f"the combined detector finds {_LIMITS.anomaly_windows} of {_LIMITS.anomaly_of} windows abnormal, "
    "by more than the patient's own baseline, and no rule explains it",
    "lead_off": f"no lead has valid signal; high after {_LIMITS.technical_rises_s:g} s. "
    "One step lower each if the session had no ECG yet",
    "no_data": f"no data for {NO_DATA_AFTER_S:g} s, unless the patient is on standby; high after {RISES_AFTER_S:g} s."
    " One step lower each if the patient had no ECG yet in this bed",
    "not_monitored": "no worker is alive or reaches Kafka for 5 s while a bed has a patient; by the escalator",
    "no_listener": "no screen whose sound is on has reported for 10 to 20 s; the escalator escalates it immediately",
    "screen_stopped": "a screen that was not closed reports nothing for 10 s; by the escalator",
    "escalation_failed": "no member of staff came to an alert, and the escalation was not delivered",
    "canary_missed": f"an alert of the canary reached no dashboard within {canary.LIMIT_S:g} s of its onset",
    "noisy_signal": f"quality < {_LIMITS.noisy_quality:g} for {_LIMITS.noisy_s} s, no readable beat {BLIND_S:g} s; "
    + _LATER,
    "source_conflict": f"{CONFLICT_AFTER_S:g} s of a second device's signal, in another session or the same; {_LATER}",
}
