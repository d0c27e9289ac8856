"""The command serves the classify service and needs no TensorFlow for it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.drawn_pictures import as_file, beat_picture
from wardbeat.embedded.processes import Child, wait_until, wardbeat


@pytest.mark.slow
def test_it_answers_in_a_process_of_its_own_and_ends_with_code_0(tmp_path: Path) -> None:
    with Child("classify", wardbeat("classify", "serve", "--port", "0"), tmp_path) as child:
        wait_until("it serves", lambda: "http://" in child.out.read_text(), 60, [child])
        url = child.out.read_text().split()[-1]
        assert httpx.get(f"{url}healthz").status_code == 200
        files = {"file": ("a.png", as_file(beat_picture()))}
        answer = httpx.post(f"{url}api/v1/classify/picture", files=files, headers={"x-wardbeat": "test"})
        assert answer.status_code in (200, 503)  # 503 as long as no picture bundle is shipped
        assert child.stop() == 0
        assert child.log.read_text() == ""


@pytest.mark.slow
def test_nothing_heavy_is_imported_before_the_first_upload() -> None:
    code = (
        "import sys, processors.classify.server, wardbeat.cli.classify.group;"
        "print(sorted({'tensorflow', 'keras', 'numba', 'scipy', 'wfdb', 'pandas', 'onnxruntime', 'PIL', 'edfio'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.strip() == "[]"
