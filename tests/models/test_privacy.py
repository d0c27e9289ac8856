import os
import subprocess
import sys
from pathlib import Path


def test_serving_leaves_no_device_id_and_no_usage_data(tmp_path: Path) -> None:
    home = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    inherited = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    program = "from models.runtime import Runtime; Runtime.load()"
    subprocess.run([sys.executable, "-c", program], env={**inherited, **home}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
