# ruff: noqa: INP001 - sqlfluff loads the modules of this folder by name
"""dbt's own macros as sqlfluff sees them: enough SQL to parse, because the linter runs without dbt and a warehouse."""


def dateadd(datepart: str, interval: object, from_date: str) -> str:
    """Replace ``dbt.dateadd``."""
    return f"dateadd({datepart}, {interval}, {from_date})"


def datediff(first: str, second: str, datepart: str) -> str:
    """Replace ``dbt.datediff``."""
    return f"datediff({datepart}, {first}, {second})"


def date_trunc(datepart: str, date: str) -> str:
    """Replace ``dbt.date_trunc``."""
    return f"date_trunc('{datepart}', {date})"


def date_spine(datepart: str, start: str, end: str) -> str:
    """Replace ``dbt.date_spine``."""
    return f"select {start} as date_{datepart} where {start} < {end}"
