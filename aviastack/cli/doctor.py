"""``doctor``: what is wrong with key, plan, staging, warehouse, and how to mend it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from aviastack.aio import finish
from aviastack.cli import options
from aviastack.cli.options import Json
from aviastack.errors import EXIT_DONE, AviastackError

if TYPE_CHECKING:
    from aviastack.limits.quota import Quota
    from aviastack.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``error`` is None where it is well."""

    subject: str
    told: str
    error: AviastackError | None = None


def doctor(
    call: Annotated[bool, typer.Option("--call", help="Ask the API too; costs one call.")] = False,
    setup_sql: Annotated[bool, typer.Option("--setup-sql", help="Print Snowflake's DDL and grants.")] = False,
    base_url: options.BaseUrl = None,
    staging: options.Staging = None,
    warehouse: options.Warehouse = None,
    as_json: Json = False,
) -> None:
    """Look at key, plan, staging and warehouse, and say how to mend what is wrong."""
    from aviastack.cli.output import tell_json

    settings = options.settings_of(base_url=base_url, staging=staging, warehouse=warehouse)
    if setup_sql:
        _print_setup(settings)
        return
    findings = [_looked(subject, look, settings) for subject, look in _looks(call)]
    if as_json:
        tell_json({"findings": [_object(finding) for finding in findings]})
    else:
        _show(findings)
    raise typer.Exit(next((f.error.exit_code for f in findings if f.error is not None), EXIT_DONE))


def _looks(call: bool) -> list[tuple[str, Callable[[Settings], str]]]:
    asking: list[tuple[str, Callable[[Settings], str]]] = [("API", _api)] if call else []
    return [
        ("key", _key),
        *asking,
        ("quota", _quota),
        ("staging", _staging),
        ("warehouse", _warehouse),
        ("dbt", _dbt),
    ]


def _looked(subject: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(subject, look(settings))
    except AviastackError as error:
        return Finding(subject, error.message, error)


def _key(settings: Settings) -> str:
    from aviastack.errors import KeyRefused

    if not settings.access_key.get_secret_value():
        raise KeyRefused("There is no access key.", remedy="Set AVIASTACK_ACCESS_KEY, or try: aviastack demo")
    return f"a key is set, for {settings.base_url} on the {settings.plan} plan"


def _api(settings: Settings) -> str:
    from aviastack.api.session import Api

    async def asked() -> str:
        async with Api(settings) as api:
            quota = await api.check_key()
        return f"{settings.base_url} takes the key; {_left(quota)}"

    return finish(asked())


def _quota(settings: Settings) -> str:
    from aviastack.limits.ledger import known_quota

    return _left(known_quota(settings))


def _left(quota: Quota) -> str:
    left = "" if quota.remaining is None else f", {quota.remaining:,} left"
    return f"{quota.used:,} calls this month{left} ({quota.source})"


def _staging(settings: Settings) -> str:
    from aviastack.staging.open_store import open_store

    store = open_store(settings.staging)
    trial = ".doctor"
    store.replace(trial, b"written by aviastack doctor")
    store.remove(trial)
    return f"{store.address('')} can be written"


def _warehouse(settings: Settings) -> str:
    from aviastack.warehouse.loads import loads
    from aviastack.warehouse.open_warehouse import open_warehouse

    with open_warehouse(settings) as opened:
        newest = loads(opened, limit=1)
    last = f"the last load was at {newest[0].loaded_at:%Y-%m-%d %H:%M} UTC" if newest else "nothing is loaded yet"
    return f"{settings.warehouse} answers; {last}"


def _dbt(settings: Settings) -> str:
    from aviastack.marts.build import dbt_version

    return f"dbt {dbt_version()} builds {settings.warehouse}"


def _print_setup(settings: Settings) -> None:
    from aviastack.warehouse.snowflake_setup import setup_sql

    sys.stdout.write(setup_sql(settings))


def _object(finding: Finding) -> dict[str, object]:
    error = finding.error.to_json() if finding.error else None
    return {"subject": finding.subject, "told": finding.told, "error": error}


def _show(findings: list[Finding]) -> None:
    from rich.markup import escape

    from aviastack.cli.output import console

    for finding in findings:
        mark = "[green]well [/]" if finding.error is None else "[bold red]wrong[/]"
        console().print(f"{mark} [bold]{finding.subject}[/]: {escape(finding.told)}", soft_wrap=True)
        if finding.error is not None and finding.error.remedy:
            console().print(f"      {escape(finding.error.remedy)}", soft_wrap=True)
