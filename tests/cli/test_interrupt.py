"""Ctrl-C: exit code 130, the pages that are kept, and the same in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from aviastack.simulator import running_simulator
from tests.cli.conftest import AA


def test_ctrl_c_says_how_many_pages_are_kept_and_ends_with_130() -> None:
    with running_simulator(plan="enterprise", flights_per_day=2_000, latency=60.0) as url:
        settings = {"AVIASTACK_BASE_URL": url, "AVIASTACK_ACCESS_KEY": "k" * 32, "AVIASTACK_PACE": "off"}
        command = [sys.executable, "-m", "aviastack", "run", *AA, "--json"]
        with subprocess.Popen(
            command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            assert "fetching page 0" in process.stderr.readline()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
    assert process.returncode == 130
    error = json.loads(out)["error"]
    assert error["type"] == "Interrupted"
    assert error["message"] == "Interrupted. 0 pages fetched by this command are in the journal."
    assert err.splitlines()[-1] == f"error: {error['message']} {error['remedy']}"
