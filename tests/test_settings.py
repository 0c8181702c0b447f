from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aviastack.endpoints import Plan
from aviastack.errors import BadRequest
from aviastack.settings import settings_from

KEY = "0123456789abcdef0123456789abcdef"


def test_keyword_beats_variable_beats_file_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_from().plan is Plan.FREE
    Path("aviastack.toml").write_text('plan = "basic"\npace = "1/10s"\nconcurrency = 3\n')
    monkeypatch.setenv("AVIASTACK_PACE", "5/s")
    monkeypatch.setenv("AVIASTACK_CONCURRENCY", "4")
    settings = settings_from(concurrency=5)
    assert (settings.plan, settings.pace, settings.concurrency) == (Plan.BASIC, "5/s", 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PLAN", "gold"), ("PACE", "fast"), ("BUDGET", "-1"), ("CONCURRENCY", "0"), ("SCHEMA_POLICY", "grow")],
)
def test_a_wrong_setting_names_itself_its_value_and_where_to_mend_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"AVIASTACK_{name}", value)
    with pytest.raises(BadRequest, match=rf"'{name.lower()}' is .*{value}.*AVIASTACK_{name}"):
        settings_from()


def test_the_key_shows_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    settings = settings_from()
    assert settings.access_key.get_secret_value() == KEY
    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(BadRequest, match="'stagging' is no setting"):
        settings_from(stagging="x")


def test_retention_is_read_in_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_RETENTION", "30d")
    assert settings_from().retention == timedelta(days=30)


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    Path("aviastack.toml").write_text("plan = \n")
    with pytest.raises(BadRequest, match=r"aviastack\.toml"):
        settings_from()


def test_a_mistyped_name_in_the_file_is_an_error_that_names_the_right_one_and_tables_are_left_alone() -> None:
    Path("aviastack.toml").write_text("budgett = 500\n[tool.other]\nbudgett = 1\n")
    with pytest.raises(BadRequest, match=r"'budgett' in aviastack\.toml is no setting\. Did you mean 'budget'\?"):
        settings_from()
    Path("aviastack.toml").write_text("budget = 500\n[tool.other]\nbudgett = 1\n")
    assert settings_from().budget == 500
