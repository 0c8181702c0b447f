"""The credits that loads and dbt used in Snowflake, by the tags of their statements."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aviastack.errors import BadRequest, WarehouseUnavailable
from aviastack.settings import Settings
from aviastack.warehouse.open_warehouse import open_warehouse
from aviastack.warehouse.snowflake_grants import credits_grant

_LOAD = re.compile(r"aviastack run=\S+ slice=(.*)")
_MODEL = re.compile(r"aviastack-dbt model=(\S+) invocation=\S+")


@dataclass(frozen=True, slots=True)
class Credits:
    """What was done (``load`` of a slice, ``dbt`` of a model), its statements, and the credits of their execution."""

    work: str
    of: str
    statements: int
    credits: float


def credits_used(settings: Settings, days: int) -> list[Credits]:
    """Return the credits of the last ``days`` days, the most expensive first, without the warehouse's idle time.

    Raises :class:`BadRequest` for a warehouse other than Snowflake, and :class:`WarehouseUnavailable`, also if the role
    may not read the view.
    """
    if not settings.warehouse.startswith("snowflake://"):
        raise BadRequest(
            f"{settings.warehouse} uses no credits: only Snowflake has them.",
            remedy="Leave out --cost, or set AVIASTACK_WAREHOUSE to snowflake://NAME.",
        )
    since = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=days)
    statements: dict[tuple[str, str], int] = defaultdict(int)
    spent: dict[tuple[str, str], float] = defaultdict(float)
    with open_warehouse(settings) as warehouse:
        if grant := credits_grant(warehouse):
            raise WarehouseUnavailable(
                "Snowflake's QUERY_ATTRIBUTION_HISTORY does not exist for the loader's role, or may not be read by it.",
                remedy=f"An administrator runs: USE ROLE ACCOUNTADMIN; {grant}",
            )
        for tag, count, amount in warehouse.run(warehouse.dialect.statement("credits", {"since": since})):
            statements[_work(tag)] += int(count)
            spent[_work(tag)] += float(amount or 0)
    used = [Credits(*work, statements[work], amount) for work, amount in spent.items()]
    return sorted(used, key=lambda row: (-row.credits, row.work, row.of))


def _work(tag: str) -> tuple[str, str]:
    if found := _LOAD.fullmatch(tag):
        return "load", found[1]
    found = _MODEL.fullmatch(tag)
    return ("dbt", found[1]) if found else ("other", tag)
