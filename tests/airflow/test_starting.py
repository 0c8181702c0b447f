"""What ``make airflow`` says when Airflow does not start or refuses a request."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from aviastack.airflow import standalone
from aviastack.errors import AviastackError

HEALTHY = {part: {"status": "healthy"} for part in ("scheduler", "triggerer", "dag_processor")}


@contextmanager
def server(answers):
    """Answer each ``METHOD path`` with its status and body, 503 once, anything else with 404.

    Yield the port and the requests.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path.removeprefix('/api/v2/')}")
            status, body = answers.get(asked[-1], (404, {"detail": "Not Found"}))
            if status == 503 and asked.count(asked[-1]) > 1:
                status, body = 200, {}
            if self.path == "/auth/token":
                status, body = 201, {"access_token": "t"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PATCH = answer  # noqa: N815 - the base class's names

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield listening.server_port, asked
        finally:
            listening.shutdown()


def test_a_dag_that_airflow_does_not_unpause_is_named_with_its_answer():
    with (
        server({"PATCH dags/flight_data": (500, {"detail": "database is locked"})}) as (port, _),
        pytest.raises(AviastackError, match=r"answered PATCH dags/flight_data with HTTP 500: .*database is locked"),
    ):
        standalone.unpause(port)


def test_a_refused_history_is_named_with_airflows_answer():
    earlier = {"GET backfills?dag_id=flight_data": (200, {"backfills": [{"completed_at": "2026-11-29T10:00:00Z"}]})}
    with (
        server({**earlier, "POST backfills": (422, {"detail": "no such DAG"})}) as (port, _),
        pytest.raises(AviastackError, match=r"answered POST backfills with HTTP 422: .*no such DAG"),
    ):
        standalone.run_history(port)


def test_a_history_that_meets_a_locked_database_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(standalone, "LOOK", 0)
    none = {"GET backfills?dag_id=flight_data": (200, {"backfills": []})}
    with server({**none, "POST backfills": (503, {"detail": "Database is locked"})}) as (port, asked):
        standalone.run_history(port)
    assert asked.count("POST backfills") == 2


def test_a_history_that_an_earlier_start_began_goes_on():
    with server({"GET backfills?dag_id=flight_data": (200, {"backfills": [{"completed_at": None}]})}) as (port, asked):
        standalone.run_history(port)
    assert not [request for request in asked if request.startswith("POST")]


def test_an_airflow_that_is_gone_is_named_with_the_request():
    with pytest.raises(AviastackError, match=r"did not answer PATCH dags/flight_data: .*refused"):
        standalone.unpause(standalone.free_port())


def test_what_has_not_started_in_time_is_named(monkeypatch):
    monkeypatch.setattr(standalone, "PATIENCE", 0)
    health = HEALTHY | {"triggerer": {"status": "unhealthy"}}
    known = {"GET monitor/health": (200, health), "GET dags/flight_data": (200, {})}
    with (
        server(known) as (port, _),
        subprocess.Popen(["sleep", "600"]) as airflow,
    ):
        with pytest.raises(AviastackError, match=r"within 0 s. Missing: triggerer, flight_backfill\."):
            standalone.wait_for(port, airflow)
        airflow.kill()


def test_an_airflow_that_ends_while_it_starts_is_told_by_its_exit_code():
    with subprocess.Popen(["false"]) as airflow:
        airflow.wait()
        with pytest.raises(AviastackError, match="ended with exit code 1 while it was starting"):
            standalone.wait_for(standalone.free_port(), airflow)


def test_a_database_that_cannot_be_made_is_told_with_airflows_words(tmp_path):
    airflow = tmp_path / "airflow"
    airflow.write_text("#!/bin/sh\necho 'Can not locate revision 123' >&2\nexit 3\n")
    airflow.chmod(0o755)
    with pytest.raises(AviastackError) as failed:
        standalone.prepare(tmp_path, {"PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert "'airflow db migrate' failed with exit code 3:\nCan not locate revision 123" in str(failed.value)
    assert f"If {tmp_path} is from another version of Airflow, remove it." in str(failed.value)
