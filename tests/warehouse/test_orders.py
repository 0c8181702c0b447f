"""Loads in any order, and any number of times, give the rows that all the runs together know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aviastack.warehouse.duckdb import DuckDB
from tests.warehouse.places import DAY, NOON, Place

SCOPES: dict[str, dict[str, str] | None] = {
    "day": {"flight_date": str(DAY)},
    "AA": {"flight_date": str(DAY), "airline_iata": "AA"},
    "BA": {"flight_date": str(DAY), "airline_iata": "BA"},
    "live": None,
}
KEYS = ("AA1", "AA2", "BA1", "BA2")


@dataclass(frozen=True)
class Seen:
    """A flight on a page: how many hours after its run began, and in which state."""

    key: str
    hours: int
    status: str


@dataclass(frozen=True)
class Planned:
    run_id: str
    at: int
    scope: str
    complete: bool
    seen: tuple[Seen, ...]

    @property
    def began(self) -> datetime:
        return NOON + timedelta(hours=self.at)

    def covers(self, key: str) -> bool:
        """Whether the run can say of a flight that it is gone."""
        return self.complete and bool(self.seen) and (self.scope == "day" or key.startswith(self.scope))


@st.composite
def planned_runs(draw: st.DrawFn) -> list[Planned]:
    """Draw two to four runs, whose ids are in the order in which they began: test_loading.py has clocks set back."""
    runs = []
    for number, at in enumerate(sorted(draw(st.lists(st.integers(0, 3), min_size=2, max_size=4)))):
        scope = draw(st.sampled_from(sorted(SCOPES)))
        keys = [key for key in KEYS if scope in ("day", "live") or key.startswith(scope)]
        chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(keys)))
        seen = [Seen(key, draw(st.integers(0, 2)), draw(st.sampled_from("xyz"))) for key in chosen]
        # The first page is as old as the run.
        seen = [Seen(one.key, one.hours * bool(place), one.status) for place, one in enumerate(seen)]
        runs.append(Planned(f"r{number}", at, scope, draw(st.booleans()), tuple(seen)))
    return runs


def known_by_all(runs: list[Planned]) -> dict[str, str]:
    """What is true of each flight: its newest sighting, unless a newer complete run that covers it has it no more."""
    present = {}
    for key in KEYS:
        sightings = [
            ((run.began + timedelta(hours=seen.hours), run.run_id), seen.status)
            for run in runs
            for seen in run.seen
            if seen.key == key
        ]
        if sightings:
            newest, status = max(sightings)
            if not any(run.covers(key) and (run.began, run.run_id) > newest for run in runs):
                present[key] = status
    return present


@pytest.mark.usefixtures("narrow")
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_loads_in_any_order_give_what_all_runs_know(tmp_path: Path, data: st.DataObject) -> None:
    runs = data.draw(planned_runs())
    order = data.draw(
        st.permutations([*range(len(runs)), *data.draw(st.lists(st.sampled_from(range(len(runs))), max_size=2))])
    )
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()

    def write(path: str, content: bytes) -> str:
        (folder / path).write_bytes(content)
        return str(folder / path)

    place = Place(lambda tracer: DuckDB(folder / "warehouse.duckdb", tracer=tracer), write)
    staged = [_staged(place, run) for run in runs]
    place.load(*(staged[number] for number in order))

    assert place.present() == known_by_all(runs)


def _staged(place: Place, run: Planned):
    rows = [
        {
            "flight_key": seen.key,
            "airline_iata": seen.key[:2],
            "flight_status": seen.status,
            "_extracted_at": run.began + timedelta(hours=seen.hours),
        }
        for seen in run.seen
    ]
    return place.stage(
        rows,
        run_id=run.run_id,
        at=run.at,
        covers=SCOPES[run.scope],
        slice_=run.scope,
        complete=run.complete,
        path=f"{run.run_id}.parquet",
    )
