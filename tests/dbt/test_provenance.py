"""The marts know where the loads came from, if the loader recorded it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.dbt.conftest import SETTLED
from tests.dbt.rows import load_row
from tests.dbt.warehouses import Marts

pytestmark = [pytest.mark.slow]


def test_the_source_of_the_loads_reaches_the_marts(make_marts: Callable[[str], Marts]) -> None:
    marts = make_marts("provenance")
    marts.insert("_loads", [load_row(f"2026-11-{day}", run_id=f"r{day}", at=datetime(2026, 11, 18)) for day in (1, 2)])
    marts.execute("update aviationstack._loads set source = 'simulated'")
    marts.dbt("build", "--select", "+data_freshness", "--exclude-resource-type", "test", "unit_test", as_of=SETTLED)
    assert marts.rows("select source from marts.data_freshness") == [("simulated",)]
    marts.execute("update aviationstack._loads set source = 'api.aviationstack.com' where run_id = 'r1'")
    marts.dbt("run", "--select", "+data_freshness", as_of=SETTLED)
    assert marts.rows("select source from marts.data_freshness") == [("several",)]
