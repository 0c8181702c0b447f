"""Settings: ``AVIASTACK_*`` variables, and the same names in lower case in ``aviastack.toml``.

A command-line option or a keyword beats a variable, a variable beats the file, the file beats the default. A variable
that is set but empty, as ``docker compose`` writes it, counts as unset.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from aviastack.endpoints import Plan, Rate
from aviastack.errors import BadRequest, counted, did_you_mean
from aviastack.redaction import conceal, hide_key, redacted

FILE = "aviastack.toml"
PREFIX = "AVIASTACK_"

DURATION = re.compile(r"(\d{1,6})([smhd])")
WAREHOUSE_RULE = "duckdb:///relative/file, duckdb:////absolute/file, snowflake://NAME or snowflake://"
DURATION_RULE = "write a number and a unit: 90s, 30m, 12h or 2d"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

_AIRLINE = re.compile(r"[A-Za-z0-9]{2}|[A-Za-z]{3}")
_PERCENT = re.compile(r"\d{1,3}(\.\d+)?")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TYPO = 0.8  # similarity (0 to 1) from which an unknown AVIASTACK_* variable is taken for a mistyped setting
_RULES = {  # pydantic's own words that read badly in a message
    "int_parsing": "must be a whole number",
    "string_too_short": "must not be empty",
}


class Settings(BaseSettings):
    """Every setting with its default; make one with :func:`settings_from`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    access_key: SecretStr = Field(default=SecretStr(""), description="the account's access key; never shown")
    base_url: str = Field(
        default="https://api.aviationstack.com/v1",
        description="the API; https://api.apilayer.net/aviationstack/v1 is its second gateway",
    )
    plan: Plan = Field(
        default=Plan.FREE,
        description="the account's subscription: it decides rows per page, pace and the endpoints served",
    )
    staging: str = Field(default="./data/staging", min_length=1, description="a folder, or gs://bucket/prefix")
    warehouse: str = Field(
        default="duckdb:///data/aviastack.duckdb",
        min_length=1,
        description="duckdb:///relative, duckdb:////absolute, snowflake://NAME of connections.toml, or snowflake:// "
        "with SNOWFLAKE_* variables",
    )
    stage: str = Field(
        default="aviastack_stage", min_length=1, description="Snowflake's external stage over the staging root"
    )
    dbt_connection: str | None = Field(
        default=None, description="connection of connections.toml by which dbt signs in; that of the warehouse if unset"
    )
    dbt_role: str | None = Field(default=None, description="Snowflake role that builds the marts")
    dbt_user: str | None = Field(default=None, description="Snowflake user that builds the marts")
    dbt_warehouse: str | None = Field(default=None, description="Snowflake warehouse that builds the marts")
    dbt_executable: str | None = Field(
        default=None, description="the dbt of another environment; the one beside aviastack if unset"
    )
    state: Path = Field(default=Path("data/state"), description="folder of the call ledger and of dbt's files")
    pace: Annotated[Rate | None, NoDecode] = Field(
        default=None, description="calls per seconds, such as 5/s or 1/10s, or off; the plan's pace if unset"
    )
    pace_store: str | None = Field(
        default=None, description="a redis:// address through which several workers share a key's pace and ledger"
    )
    pace_store_down: Literal["stop", "local"] = Field(
        default="stop",
        description="when the pace store is unreachable: stop, or continue at this worker's share of the pace",
    )
    budget: int | None = Field(
        default=None,
        ge=0,
        description="calls per month that you allow; paid plans bill calls beyond their quota, so set it there",
    )
    max_calls: int | None = Field(default=None, ge=0, description="calls that one run may spend")
    quota_reset_day: int | None = Field(
        default=None,
        ge=1,
        le=31,
        description="day of the month on which the quota starts again; learnt from the API's headers if unset",
    )
    concurrency: int = Field(default=16, ge=1, le=256, description="calls in flight at the same time")
    schema_policy: Literal["evolve", "freeze", "fail"] = Field(
        default="evolve", description="what a load does with columns that the target table lacks"
    )
    volume_policy: Literal["warn", "stop", "off"] = Field(
        default="warn", description="what a load does with a run whose rows or nulls differ from the trailing weeks"
    )
    retention: timedelta = Field(
        default=timedelta(days=90), ge=timedelta(), description="age from which prune removes journals, such as 90d"
    )
    targets: Annotated[dict[str, float], NoDecode] = Field(
        default={},
        description="percent of each partner's arrivals that are to be on time, such as AA=80,DL=85; the report says "
        "whether they are",
    )
    log_level: str = Field(default="WARNING", description=f"level of the log on stderr: {', '.join(_LOG_LEVELS)}")

    @field_validator("access_key", mode="before")
    @classmethod
    def _key_is_plain(cls, value: object) -> object:
        """Drop the line break and the quotes that files and ``--env-file`` leave around a key."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        text = text.strip()
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1].strip()
        conceal(text)
        if not text.isprintable():
            raise ValueError("it contains a line break or another control character; copy the key again")
        return SecretStr(text)

    @field_validator("base_url")
    @classmethod
    def _base_url_has_no_password(cls, value: str) -> str:
        if "@" in value:
            raise ValueError("an address with a user or password is not accepted; write https://host/path alone")
        try:
            parts = urlsplit(value)
            plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            plain = False
        if not plain or parts.query or parts.fragment:
            raise ValueError("write it as https://api.aviationstack.com/v1, without a query")
        return value

    @field_validator("warehouse")
    @classmethod
    def _warehouse_is_known(cls, value: str) -> str:
        scheme, _, place = value.partition("://")
        if scheme == "duckdb" and "?" in place:
            raise ValueError("DuckDB reads what follows a '?' as options; name the file alone")
        if not (
            (scheme == "duckdb" and place.strip("/") and place.startswith("/")) or value.startswith("snowflake://")
        ):
            raise ValueError(f"write {WAREHOUSE_RULE}")
        return value

    @field_validator("pace_store")
    @classmethod
    def _pace_store_is_redis(cls, value: str | None) -> str | None:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("write redis://host:6379/0, or rediss:// for TLS")
        return value

    _snowflake: dict[str, Any] | None = PrivateAttr(default=None)
    _dbt_snowflake: dict[str, Any] | None = PrivateAttr(default=None)

    @property
    def snowflake(self) -> dict[str, Any] | None:
        """The connector's parameters that :meth:`with_snowflake` was given; None if there are none."""
        return self._snowflake

    @property
    def dbt_snowflake(self) -> dict[str, Any] | None:
        """The same for dbt."""
        return self._dbt_snowflake

    def with_snowflake(self, parameters: dict[str, Any], dbt: dict[str, Any] | None = None) -> Self:
        """Return these settings with the parameters by which Snowflake's connector signs in, and dbt, if others.

        They hold secrets, so they are in no representation and in no dump of the settings.
        """
        signed_in = self.model_copy()
        signed_in._snowflake, signed_in._dbt_snowflake = parameters, dbt  # noqa: SLF001 - of this class
        return signed_in

    @field_validator("pace", mode="before")
    @classmethod
    def _pace_is_a_rate(cls, value: object) -> object:
        return Rate.of(str(value)) if value is not None and not isinstance(value, Rate) else value

    @field_validator("targets", mode="before")
    @classmethod
    def _targets_are_percentages(cls, value: object) -> object:
        """Read ``AA=80,DL=85``, or the table ``[targets]`` of the file."""
        pairs = value.items() if isinstance(value, dict) else (part.split("=") for part in _parts(str(value)))
        targets = {}
        for pair in pairs:
            code, percent = (str(part).strip() for part in pair) if len(pair) == 2 else ("", "")  # noqa: PLR2004
            if not _AIRLINE.fullmatch(code) or not _PERCENT.fullmatch(percent) or not 0 < float(percent) <= 100:  # noqa: PLR2004
                raise ValueError("write AA=80,DL=85: IATA or ICAO codes, each with a percentage up to 100")
            if code.upper() in targets:
                raise ValueError(f"{code.upper()} has two targets")
            targets[code.upper()] = float(percent)
        return targets

    @field_validator("retention", mode="before")
    @classmethod
    def _retention_has_a_unit(cls, value: object) -> object:
        """Read ``90d`` or ``12h``; a plain number is days."""
        if isinstance(value, timedelta):
            return value
        text = str(value)
        return duration(f"{text}d" if text.isdigit() else text)

    @field_validator("log_level")
    @classmethod
    def _log_level_is_known(cls, value: str) -> str:
        level = value.strip().upper()
        if level not in _LOG_LEVELS:
            raise ValueError(f"use one of {', '.join(_LOG_LEVELS)}")
        return level

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic-settings passes it by name
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Keyword, then variable, then ``aviastack.toml`` of the working folder."""
        return init_settings, env_settings, _File(settings_cls, FILE)


class _File(TomlConfigSettingsSource):
    """``aviastack.toml``. An unknown name is an error, because a mistyped budget would protect nothing."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for name in sorted(name for name, value in self.toml_data.items() if not isinstance(value, dict)):
            if name not in Settings.model_fields:
                raise _unknown(f"Unknown setting '{name}' in {FILE}.", name)
        return found

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        """Read the file as UTF-8, with or without a byte order mark."""
        data: bytes = file_path.read_bytes()
        try:
            return tomllib.loads(data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            encoding = "UTF-16" if data.startswith(_UTF_16) else f"not UTF-8 (byte {error.start + 1})"
            raise BadRequest(f"{FILE} is {encoding}; TOML files are UTF-8.", remedy="Save it as UTF-8.") from None
        except tomllib.TOMLDecodeError as error:
            raise BadRequest(f"{FILE} is not valid TOML: {error}.", remedy="Fix that line, or remove it.") from None


def settings_from(**given: Any) -> Settings:
    """Return the settings, with ``given`` on top; None values are left out.

    Raises :class:`BadRequest` that names the setting, its rule and where to fix it. Secrets are not shown.
    """
    hide_key(given)
    keywords = {name: value for name, value in given.items() if value is not None}
    for name in sorted(set(keywords) - set(Settings.model_fields)):
        raise _unknown(f"Unknown setting '{name}'.", name)
    _check_variables()
    try:
        return Settings(**keywords)
    except ValidationError as error:
        raise _invalid(error, keywords) from None


def duration(text: str) -> timedelta:
    """Read ``90s``, ``30m``, ``12h`` or ``2d``. Raises :class:`ValueError` with the rule."""
    match = DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(DURATION_RULE)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_text(value: timedelta) -> str:
    """Return ``90 days``, ``12 hours``, ``1 minute``: in the largest unit that divides it."""
    seconds = int(value.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            return counted(seconds // size, unit)
    return counted(seconds, "second")


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]


def _check_variables() -> None:
    """Refuse a variable whose name is almost a setting's; others may belong to a deployment."""
    names = [name.upper() for name in Settings.model_fields]
    for variable, value in sorted(os.environ.items()):
        name = variable.removeprefix(PREFIX)
        if not value or name == variable or name in names or name.startswith("DBT_"):
            continue
        if close := get_close_matches(name, names, 1, _TYPO):
            raise BadRequest(f"Unknown variable {variable}.", remedy=f"Did you mean {PREFIX}{close[0]}? Else unset it.")


def _unknown(message: str, name: str) -> BadRequest:
    return BadRequest(message, remedy=did_you_mean(name, list(Settings.model_fields), "settings"))


def _invalid(error: ValidationError, keywords: dict[str, Any]) -> BadRequest:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    rule = _RULES.get(first["type"]) or first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    remedy = f"Fix {PREFIX}{name.upper()}, or '{name}' in {FILE}."
    if name in keywords:
        remedy = f"Fix the argument '{name}', --{name.replace('_', '-')} on the command line."
    return BadRequest(f"Invalid {name} {_shown(name, first['input'])}: {rule}.", remedy=remedy)


def _shown(name: str, value: object) -> str:
    """The value as a message may show it: short, and without the secrets that an address may carry."""
    if name == "access_key":
        return "'***'"
    text = redacted(re.sub(r"//.*@", "//***@", str(value), flags=re.DOTALL))
    return repr(text if len(text) <= 80 else f"{text[:77]}...")  # noqa: PLR2004
