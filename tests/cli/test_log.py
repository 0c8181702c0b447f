from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from aviastack.cli.output import start_logging
from aviastack.settings import settings_from


@pytest.fixture
def loggers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the root logger as it was, and take dbt's handler from the connector: importing its adapter adds that."""
    connector = logging.getLogger("snowflake.connector")
    monkeypatch.setattr(connector, "handlers", [])
    monkeypatch.setattr(connector, "propagate", True)
    before = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers, level = before
    logging.root.setLevel(level)


@pytest.mark.parametrize(
    ("logger", "level", "has_traceback"),
    [
        ("snowflake.connector.network", "WARNING", False),
        ("snowflake.connector.network", "DEBUG", True),
        ("aviastack.warehouse", "WARNING", True),
        ("asyncio", "WARNING", True),  # what it logs is raised nowhere else
    ],
)
def test_tracebacks_of_what_is_also_raised_are_for_debugging(
    loggers: None, capsys: pytest.CaptureFixture[str], logger: str, level: str, has_traceback: bool
) -> None:
    """Snowflake's connector logs each error that it also raises, such as a refused end of a session after Ctrl-C."""
    start_logging(settings_from(log_level=level))
    logging.getLogger(logger).error("the session could not be ended", exc_info=ConnectionError("refused"))
    logged = capsys.readouterr().err
    assert f"ERROR {logger}: the session could not be ended" in logged
    assert ("ConnectionError: refused" in logged) == has_traceback
