from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from aviastack.endpoints import Plan, Rate
from aviastack.errors import BadRequest
from aviastack.settings import Settings, duration_text, settings_from

KEY = "0123456789abcdef0123456789abcdef"
HALF_DAY = timedelta(hours=12)
REPOSITORY = Path(__file__).parents[1]


def test_keyword_beats_variable_beats_file_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_from().plan is Plan.FREE
    Path("aviastack.toml").write_text('plan = "basic"\npace = "1/10s"\nconcurrency = 3\n')
    monkeypatch.setenv("AVIASTACK_PACE", "5/s")
    monkeypatch.setenv("AVIASTACK_CONCURRENCY", "4")
    settings = settings_from(concurrency=5)
    assert (settings.plan, settings.pace, settings.concurrency) == (Plan.BASIC, Rate(5), 5)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("PLAN", "gold", "'professional'"),
        ("PACE", "0/s", "use CALLS/SECONDS, for example 5/s or 1/10s, or 'off'"),
        ("BUDGET", "-1", "should be greater than or equal to 0"),
        ("BUDGET", "many", "must be a whole number"),
        ("CONCURRENCY", "0", "should be greater than or equal to 1"),
        ("SCHEMA_POLICY", "grow", "'evolve', 'freeze' or 'fail'"),
        ("LOG_LEVEL", "verbose", "use one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
        ("RETENTION", "-3", "write a number and a unit: 90s, 30m, 12h or 2d"),
        ("BASE_URL", "api.example.com", "write it as https://api.aviationstack.com/v1"),
    ],
)
def test_an_invalid_variable_names_the_value_the_rule_and_the_fix(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, rule: str
) -> None:
    monkeypatch.setenv(f"AVIASTACK_{name}", value)
    with pytest.raises(BadRequest) as caught:
        settings_from()
    assert caught.value.message.startswith(f"Invalid {name.lower()} '{value}': ")
    assert rule in caught.value.message
    assert caught.value.remedy == f"Fix AVIASTACK_{name}, or '{name.lower()}' in aviastack.toml."


def test_an_invalid_keyword_is_fixed_where_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_PACE", "5/s")
    with pytest.raises(BadRequest, match="Fix the argument 'pace', --pace on the command line"):
        settings_from(pace="fast")


def test_the_key_shows_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    settings = settings_from()
    assert settings.access_key.get_secret_value() == KEY
    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("sent", [f"{KEY}\n", f" {KEY}\r\n", f'"{KEY}"', f"'{KEY}'\n"])
def test_a_key_loses_the_line_break_and_the_quotes_around_it(monkeypatch: pytest.MonkeyPatch, sent: str) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", sent)
    assert settings_from().access_key.get_secret_value() == KEY


@pytest.mark.parametrize("key", [f"{KEY[:9]}\n{KEY[9:]}", f"{KEY}\n{KEY}", f"{KEY}\x1b[0m"])
def test_a_damaged_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", key)
    with pytest.raises(BadRequest, match="Invalid access_key") as caught:
        settings_from()
    assert KEY[:9] not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://me:s3cr@et/t@api.example.com/v1", "http://s3cret@host/v1", "//a:s3cret@b"]
)
def test_a_password_in_the_base_url_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(BadRequest, match="user or password is not accepted") as caught:
        settings_from(base_url=address)
    assert "s3cr" not in str(caught.value)


def test_empty_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"AVIASTACK_{name.upper()}", "")
    assert settings_from() == Settings.model_construct()
    assert settings_from().staging == "./data/staging"


@pytest.mark.parametrize("name", ["staging", "warehouse", "stage"])
def test_a_place_must_not_be_empty(name: str) -> None:
    with pytest.raises(BadRequest, match=f"Invalid {name} '': must not be empty"):
        settings_from(**{name: ""})


def test_an_unknown_setting_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadRequest, match=r"Unknown setting 'stagging'\. Did you mean 'staging'\? Valid settings: "):
        settings_from(stagging="x")


@pytest.mark.parametrize(("variable", "meant"), [("BUGDET", "BUDGET"), ("ACCES_KEY", "ACCESS_KEY"), ("PLANS", "PLAN")])
def test_a_mistyped_variable_is_refused(monkeypatch: pytest.MonkeyPatch, variable: str, meant: str) -> None:
    monkeypatch.setenv(f"AVIASTACK_{variable}", "5")
    with pytest.raises(BadRequest, match=rf"Unknown variable AVIASTACK_{variable}\. Did you mean AVIASTACK_{meant}\?"):
        settings_from()


def test_the_variables_of_deployments_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [*REPOSITORY.glob("dags/*.py"), *REPOSITORY.glob("aviastack/**/*.py"), *REPOSITORY.glob("dbt/*.yml")]
    named = {name for file in files for name in re.findall(r"AVIASTACK_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8"))}
    others = named - {f"AVIASTACK_{name.upper()}" for name in Settings.model_fields}
    assert {"AVIASTACK_DBT_TARGET", "AVIASTACK_EXTRACTS_AT_ONCE"} <= others
    for name in others | {"AVIASTACK_DBT_ROLE", "AVIASTACK_DBT_WAREHOUSE"}:
        monkeypatch.setenv(name, "anything")
    settings_from()


@pytest.mark.parametrize(("text", "age"), [("30d", timedelta(days=30)), ("30", timedelta(days=30)), ("12h", HALF_DAY)])
def test_retention_takes_a_unit_and_is_in_days_without_one(
    monkeypatch: pytest.MonkeyPatch, text: str, age: timedelta
) -> None:
    monkeypatch.setenv("AVIASTACK_RETENTION", text)
    assert settings_from().retention == age


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(days=1), "1 day"), (timedelta(days=90), "90 days"), (HALF_DAY, "12 hours"),
        (timedelta(hours=36), "36 hours"), (timedelta(minutes=1), "1 minute"), (timedelta(seconds=90), "90 seconds"),
        (timedelta(), "0 seconds"),
    ],
)  # fmt: skip
def test_a_duration_is_written_in_its_largest_whole_unit(age: timedelta, text: str) -> None:
    assert duration_text(age) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"plan = \n", r"not valid TOML: .*line 1"),
        ("budget = 5\n".encode("utf-16"), "is UTF-16; TOML files are UTF-8"),
        ("staging = 'é'\n".encode("latin-1"), r"is not UTF-8 \(byte 12\)"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, message: str) -> None:
    Path("aviastack.toml").write_bytes(data)
    with pytest.raises(BadRequest, match=rf"aviastack\.toml .*{message}"):
        settings_from()


def test_a_file_may_begin_with_a_byte_order_mark() -> None:
    Path("aviastack.toml").write_bytes("budget = 5\n".encode("utf-8-sig"))
    assert settings_from().budget == 5


def test_a_mistyped_name_in_the_file_is_an_error_and_tables_are_left_alone() -> None:
    Path("aviastack.toml").write_text("budgett = 500\n[tool.other]\nbudgett = 1\n")
    with pytest.raises(BadRequest, match=r"Unknown setting 'budgett' in aviastack\.toml\. Did you mean 'budget'\?"):
        settings_from()
    Path("aviastack.toml").write_text("budget = 500\n[tool.other]\nbudgett = 1\n")
    assert settings_from().budget == 500
