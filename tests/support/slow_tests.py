"""The order in which slow tests run."""

LONGEST_FIRST = (
    "training/fit/test_pipeline.py",
    "benchmarks/test_chaos.py",
    "system/test_silence_is_loud.py",
    "system/test_overload.py",
    "wardbeat/cli/test_demo.py",
    "system/test_whole_ward.py",
    "dashboard/assets/test_link.py",
    "processors/worker/test_app.py",
    "wardbeat/cli/alerts/test_replay.py",
    "training/fit/networks/test_beat.py",
    "wardbeat/embedded/test_kafka_cluster.py",
    "training/fit/networks/test_qrs.py",
    "system/test_redis_faults.py",
    "benchmarks/test_worker.py",
)
"""These modules of slow tests begin before the others, so that none of them runs alone at the end."""
