"""Any settings and any command line: they end in a message and an exit code, never in a traceback or with the key."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from random import Random
from unittest import mock

from aviastack.cli.main import main
from aviastack.errors import EXIT_BUG, AviastackError
from aviastack.settings import Settings, settings_from
from tests.fuzz.chunks import Seen

KEY = "5eC0ffee5eC0ffee5eC0ffee5eC0ffee"
VALUES = (
    "", " ", "0", "-1", "1", "1e9", "1/0s", "5/s", "off", "nan", "inf", "true", "None", "é" * 300, "\x00", "../..",
    "//", "gs://", "gs://b/p", "s3://b", "duckdb://", "duckdb:///x.duckdb", "snowflake://", "redis://",
    "redis://:pw@h:1/0", "http://", "http://127.0.0.1:9/v1", "https://user:pw@host/v1", "2026-10-01", "2026-02-30",
    "9" * 40, "90d", "-5d", "basic", "FREE", "stop", "evolve", "DEBUG", "[1]", "{}", "\udcff", "a,b", "%s", "SELECT 1",
    "9999-12-31", "0001-01-01", "1" * 5000 + "d", "١٢", KEY,
)  # fmt: skip
WORDS = (
    "run", "extract", "load", "backfill", "replay", "status", "plan", "quarantine", "query", "schema", "prune",
    "report", "init", "doctor", "reconcile", "flights", "airports", "timetable", "fligths", "--date", "--from", "--to",
    "--airline-iata", "--json", "--max-calls", "--pace", "--staging", "--warehouse", "--help", "--latest", "--run-id",
    "--", "-x", "--date=2026-10-01", "select 1", "--limit", "--max-age", "--again", "--csv", "--yes", "--older-than",
)  # fmt: skip
VARIABLES = {"AVIASTACK_BASE_URL": "http://127.0.0.1:9/v1", "AVIASTACK_ACCESS_KEY": KEY, "AVIASTACK_PACE": "off"}


def fuzz_settings(many: int, random: Random) -> Seen:
    """Set up to four settings to anything, as variables or as arguments."""
    names, seen = list(Settings.model_fields), Seen()
    for _ in range(many):
        chosen = {name: random.choice(VALUES) for name in random.sample(names, random.randint(1, 4))}
        with seen.watching(f"{chosen}"):
            seen.counts[_set(chosen, as_variables=random.random() < 0.5)] += 1
    return seen


def _set(chosen: dict[str, str], *, as_variables: bool) -> str:
    variables = {f"AVIASTACK_{name.upper()}": value for name, value in chosen.items() if "\x00" not in value}
    with mock.patch.dict(os.environ, variables if as_variables else {}):
        try:
            settings = settings_from(**({} if as_variables else chosen))
        except AviastackError as error:
            refused = str(error)
        else:
            refused = ""
    if refused:
        assert KEY not in refused or chosen.get("access_key") != KEY, refused
        return "refused with a message"
    shown = repr(settings)
    assert KEY not in shown or any(value == KEY for name, value in chosen.items() if name != "access_key"), shown
    return "accepted"


def fuzz_commands(many: int, random: Random) -> Seen:
    """Run any words as a command line, without an API to reach."""
    seen = Seen()
    for _ in range(many):
        words = [random.choice(WORDS if random.random() < 0.8 else VALUES) for _ in range(random.randint(1, 6))]
        with seen.watching(f"aviastack {words}"):
            seen.counts[f"exit code {_run(words)}"] += 1
    return seen


def _run(words: list[str]) -> int:
    out, errors = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, VARIABLES),
        mock.patch.object(sys, "argv", ["aviastack", *words]),
        mock.patch.object(sys, "stdin", io.StringIO()),
        mock.patch("aviastack.api.session.Api.fetch_page", side_effect=AviastackError("no API here")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
    ):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    text = out.getvalue() + errors.getvalue()
    assert isinstance(code, int)
    assert code != EXIT_BUG, text[-1500:]
    assert "Traceback" not in text, text[-1500:]
    assert KEY not in text or KEY in words, text[-1500:]
    return code
