from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from typing import IO

import pytest


@pytest.mark.parametrize(
    "words",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--latency", "-1"),
        ("--faults", "nonsense=0.1"),
        ("--drift", "wild"),
        ("--faults", "html=2"),
        ("--pace", "0/s"),
        ("--pace", "5/.s"),
    ],
)
def test_a_value_out_of_range_ends_with_2(cli, words: tuple[str, ...]) -> None:
    answer = cli("simulate", *words, "--json")
    assert answer.code == 2
    assert answer.object["error"]["type"] == "BadRequest"


def test_a_port_in_use_is_named(cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = cli("simulate", "--port", str(port), "--json")
    assert (answer.code, answer.object["error"]["message"]) == (2, f"Port {port} is in use.")


def test_it_serves_at_the_address_that_it_prints_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "aviastack", "simulate", "--port", "0", "--flights", "100", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = json.loads(_out(process).readline())["url"]
        with urllib.request.urlopen(f"{url}/countries?access_key=simulated") as answer:
            assert json.load(answer)["data"]
        process.send_signal(signal.SIGINT)
        process.communicate()
    code = process.returncode
    assert code == 0


def _out(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout
