"""Undoes what a wrong clock dated: rows are compared by time, and runs have an order that no clock decides.

The id of a run is later than those of all earlier runs of its slice, even if the clock was set back between them. So a
time is wrong if it is later than now, or if an earlier run of the slice seems to have begun after a later one, or after
the first page of a later one, which was resumed. A replay counts as the run that fetched its pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aviastack.warehouse.protocol import Warehouse
from aviastack.warehouse.script import Script

MAX_SKEW = timedelta(minutes=5)  # of the clocks behind as-of times; later times come from a wrong clock
DATE_RESOLUTION = timedelta(seconds=1)  # of the Date header: a page may seem to be older than its run by as much
COLUMN_RESOLUTION = timedelta(microseconds=1)  # the run ids would decide between equal times


def corrected(warehouse: Warehouse, script: Script, values: Mapping[str, Any], *, first: bool) -> dict[str, Any]:
    """Correct the times of loads, rows and staged rows; return the values with this run's corrected ``as_of``.

    ``first`` looks also for single rows that are later than now, which takes a pass over the target.
    """
    ahead, own, later = warehouse.run(script.wrong_clocks(values))[0]
    if ahead:
        warehouse.run(script.unfreeze_loads(values))
    if ahead or first:
        warehouse.run(script.unfreeze_rows(values))
    if ahead:
        _, own, later = warehouse.run(script.wrong_clocks(values))[0]
    as_of = own if later is None else min(own, later - COLUMN_RESOLUTION)
    if as_of >= values["as_of"]:
        return dict(values)
    values = {**values, "as_of": as_of}
    warehouse.run(script.unfreeze_staged(values))
    return values
