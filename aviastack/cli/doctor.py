"""``doctor``: check key, plan, staging and warehouse, and name the fix for what fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.cli import options
from aviastack.cli.options import Json
from aviastack.errors import EXIT_DONE, AviastackError, BadRequest

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.settings import Settings

REPORT = "This is a bug in aviastack: please report it with the output of 'aviastack doctor --json'."


@dataclass(frozen=True)
class Finding:
    """The result of one check: ``error`` is None if it passed."""

    subject: str
    message: str
    error: AviastackError | None = None


Check = Callable[["Settings"], str]


def doctor(
    call: Annotated[bool, typer.Option("--call", help="Check the key with the API too; costs one call.")] = False,
    setup_sql: Annotated[bool, typer.Option("--setup-sql", help="Print Snowflake's DDL and grants instead.")] = False,
    base_url: options.BaseUrl = None,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Check settings, key, plan, quota, staging, warehouse and dbt, and name the fix for what fails.

    The exit code is that of the first check that fails.
    """
    from aviastack.cli.output import print_json

    if call and setup_sql:
        raise BadRequest("--call and --setup-sql exclude each other.", remedy="Leave one of them out.")
    findings = [_checked("aviastack", _versions), _checked("reader", _reader)]
    settings: Settings | None = None

    def read() -> str:
        nonlocal settings
        settings = options.settings_of(base_url=base_url, staging=staging, warehouse=warehouse)
        return f"valid; plan {settings.plan}"

    findings.append(_checked("settings", read))
    if setup_sql:
        _print_setup(settings or options.settings_of())
        return
    if settings is not None:
        findings += examine(settings, call=call)
    if as_json:
        print_json({"findings": [_object(finding) for finding in findings]})
    else:
        _show(findings)
    raise typer.Exit(next((f.error.exit_code for f in findings if f.error is not None), EXIT_DONE))


def examine(settings: Settings, *subjects: str, call: bool = False) -> list[Finding]:
    """Return what the checks of these subjects find, or all checks; no error is raised. ``call`` costs one call."""
    checks = [(subject, check) for subject, check in _checks(call) if not subjects or subject in subjects]
    return [_checked(subject, partial(check, settings)) for subject, check in checks]


def _checks(call: bool) -> list[tuple[str, Check]]:
    api: list[tuple[str, Check]] = [("API", _api)] if call else []
    return [
        ("key", _key),
        *api,
        ("quota", _quota),
        ("staging", _staging),
        ("warehouse", _warehouse),
        ("grants", _grants),
        ("dbt", _dbt),
    ]


def _checked(subject: str, check: Callable[[], str]) -> Finding:
    """Return what the check found. No check may end the others, so a bug is a finding too."""
    try:
        return Finding(subject, check())
    except AviastackError as error:
        return Finding(subject, error.message, error)
    except Exception as error:  # noqa: BLE001  reported as a finding, with its type
        from aviastack.redaction import redacted

        found = AviastackError(redacted(f"{type(error).__name__}: {error}"), remedy=REPORT)
        return Finding(subject, found.message, found)


def _versions() -> str:
    import platform
    from importlib.metadata import version

    from aviastack.records.timezones import timezone_data

    parts = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "polars"))
    return f"{version('aviastack')} on Python {platform.python_version()}; {parts}, time zones {timezone_data()}"


def _reader() -> str:
    from aviastack.records.parse_native import reader_in_use

    return reader_in_use()


def _key(settings: Settings) -> str:
    from aviastack.errors import KeyRefused

    if not settings.access_key.get_secret_value():
        raise KeyRefused("No access key is set.", remedy="Set AVIASTACK_ACCESS_KEY, or try: aviastack demo")
    return f"set, for {settings.base_url}"


def _api(settings: Settings) -> str:
    from aviastack.aio import finish
    from aviastack.api.session import Api

    async def checked() -> str:
        async with Api(settings) as api:
            quota = await api.check_key()
        return f"{settings.base_url} accepts the key; {_calls(quota)}"

    return finish(checked())


def _quota(settings: Settings) -> str:
    from aviastack.limits.ledger import known_quota

    return _calls(known_quota(settings))


def _calls(quota: Quota) -> str:
    from aviastack.cli.output import QUOTA_SOURCES
    from aviastack.errors import counted

    left = "" if quota.remaining is None else f", {quota.remaining:,} left"
    return f"{counted(quota.used, 'call')} this month{left} ({QUOTA_SOURCES[quota.source]})"


def _staging(settings: Settings) -> str:
    store = options.store_of(settings)
    trial = ".doctor"
    store.replace(trial, b"written by aviastack doctor")
    store.remove(trial)
    return f"{store.address('')} is writable"


def _warehouse(settings: Settings) -> str:
    from aviastack.warehouse.loads import loads
    from aviastack.warehouse.open_warehouse import open_warehouse

    with open_warehouse(settings) as opened:
        newest = loads(opened, limit=1)
    last = f"last load at {newest[0].loaded_at:%Y-%m-%d %H:%M} UTC" if newest else "nothing loaded yet"
    return f"{settings.warehouse} is reachable; {last}"


def _grants(settings: Settings) -> str:
    """Try what loads and dbt will do in Snowflake; DuckDB has no grants."""
    from aviastack.errors import WarehouseUnavailable

    if not settings.warehouse.startswith("snowflake://"):
        return "not needed: DuckDB has none"
    from aviastack.warehouse.open_warehouse import open_warehouse
    from aviastack.warehouse.snowflake_grants import credits_grant, missing_grants

    if missing := missing_grants(settings):
        raise WarehouseUnavailable(
            f"Snowflake refuses what a load or dbt will do; {len(missing)} grant(s) are missing.",
            remedy="An administrator runs: USE ROLE SECURITYADMIN; " + " ".join(dict.fromkeys(missing)),
        )
    with open_warehouse(settings) as warehouse:
        optional = credits_grant(warehouse)
    more = f"; `aviastack status --cost` would also need, from ACCOUNTADMIN: {optional}" if optional else ""
    return f"loads and dbt may do what they need{more}"


def _dbt(settings: Settings) -> str:
    from aviastack.marts.build import dbt_in_use
    from aviastack.marts.dbt_profile import profile_variables

    profile_variables(settings)  # refuses a sign-in that dbt cannot carry
    return f"{dbt_in_use(settings)} builds the marts in {settings.warehouse}"


def _print_setup(settings: Settings) -> None:
    from aviastack.warehouse.snowflake_setup import setup_sql

    sys.stdout.write(setup_sql(settings))


def _object(finding: Finding) -> dict[str, object]:
    error = finding.error.to_json() if finding.error else None
    return {"subject": finding.subject, "ok": error is None, "message": finding.message, "error": error}


def _show(findings: list[Finding]) -> None:
    from aviastack.cli.output import console, line

    out = console()
    for finding in findings:
        mark = ("ok    ", "green") if finding.error is None else ("FAIL  ", "bold red")
        out.print(line(mark, (finding.subject, "bold"), f": {finding.message}"))
        if finding.error is not None and finding.error.remedy:
            out.print(line(f"      {finding.error.remedy}"))
