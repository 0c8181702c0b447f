"""The provider: how Airflow finds it, the connection's form, and the settings that a connection makes."""

from __future__ import annotations

import json
from importlib import resources
from importlib.metadata import entry_points

import jsonschema
import pytest
from airflow.sdk import Connection

from aviastack.airflow.hook import AviationStackHook
from aviastack.airflow.provider import get_provider_info
from aviastack.errors import BadRequest, KeyRefused, RateLimited

KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def connected(monkeypatch):
    """Return a function that makes the connection ``aviationstack_default``."""

    def connect(**fields):
        connection = Connection(conn_id="aviationstack_default", conn_type="aviationstack", **fields)
        monkeypatch.setenv("AIRFLOW_CONN_AVIATIONSTACK_DEFAULT", connection.get_uri())

    return connect


def test_airflow_finds_the_provider_by_its_entry_point():
    [entry] = [e for e in entry_points(group="apache_airflow_provider") if e.value.startswith("aviastack")]
    assert entry.load()() == get_provider_info()


def test_the_description_is_as_airflows_schema_asks():
    schema = json.loads((resources.files("airflow") / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


def test_the_form_has_its_fields_and_hides_what_means_nothing():
    from airflow.providers_manager import ProvidersManager

    manager = ProvidersManager()
    manager.initialize_providers_list()
    manager._load_ui_metadata()  # what the form's page loads, without importing every provider's hooks
    prefix = "extra__aviationstack__"
    widgets = manager._connection_form_widgets.items()
    fields = {name.removeprefix(prefix): widget for name, widget in widgets if name.startswith(prefix)}
    assert set(fields) == {"plan", "pace", "pace_store", "budget", "staging", "warehouse"}
    assert fields["pace_store"].is_sensitive
    behaviour = manager._field_behaviours["aviationstack"]
    assert behaviour["relabeling"] == {"password": "Access key", "host": "Base URL"}
    assert set(behaviour["hidden_fields"]) == {"login", "schema"}


def test_a_connection_of_the_type_gives_the_hook():
    connection = Connection(conn_id="mine", conn_type="aviationstack")
    hook = connection.get_hook()
    assert type(hook) is AviationStackHook
    assert hook.aviationstack_conn_id == "mine"


def test_a_connection_makes_the_settings_and_leaves_the_rest_to_variables(connected, monkeypatch):
    monkeypatch.setenv("AVIASTACK_PLAN", "basic")
    monkeypatch.setenv("AVIASTACK_BUDGET", "7")
    connected(password=KEY, host="http://127.0.0.1:8787/v1", extra='{"budget": 500, "pace": "1/10s", "pace_store": ""}')
    settings = AviationStackHook().settings(concurrency=3)
    assert settings.access_key.get_secret_value() == KEY
    assert settings.base_url == "http://127.0.0.1:8787/v1"
    assert (settings.budget, str(settings.pace), settings.pace_store) == (500, "1/10s", None)
    assert (settings.plan, settings.concurrency) == ("basic", 3)


def test_without_a_connection_the_variables_and_defaults_hold(monkeypatch):
    monkeypatch.setenv("AVIASTACK_ACCESS_KEY", KEY)
    settings = AviationStackHook("nowhere").settings()
    assert settings.access_key.get_secret_value() == KEY
    assert settings.warehouse.endswith("/data/aviastack.duckdb")


def test_a_host_that_is_no_url_is_refused_with_the_remedy(connected):
    connected(password=KEY, host="api.aviationstack.com")
    with pytest.raises(BadRequest, match=r"not a URL.*https://api\.aviationstack\.com/v1"):
        AviationStackHook().settings()


@pytest.mark.parametrize(
    ("host", "port", "base"),
    [
        ("https://api.aviationstack.com/v1", 443, "https://api.aviationstack.com/v1"),
        ("http://127.0.0.1:8787/v1", 443, "http://127.0.0.1:8787/v1"),
        ("http://127.0.0.1/v1", 8787, "http://127.0.0.1:8787/v1"),
        (None, 443, "https://api.aviationstack.com/v1"),
    ],
)
def test_a_port_is_taken_where_the_address_has_none_of_its_own(connected, host, port, base):
    connected(password=KEY, host=host, port=port)
    assert AviationStackHook().settings().base_url == base


def test_the_test_button_reports_a_host_that_is_not_an_address(connected):
    connected(password=KEY, host="http://127.0.0.1:99999/v1", port=443)
    works, message = AviationStackHook().test_connection()
    assert not works
    assert "Invalid base_url" in message


def test_a_remedy_names_the_field_of_the_connection_that_is_in_use(connected):
    error = KeyRefused("The API rejects the key.", remedy="Set AVIASTACK_ACCESS_KEY, check AVIASTACK_BASE_URL.")
    assert str(AviationStackHook().in_its_terms(error)) == str(error), "without a connection the variables are right"
    connected(password=KEY)
    renamed = AviationStackHook().in_its_terms(error)
    assert type(renamed) is KeyRefused
    assert renamed.remedy == (
        "Set the access key (password) of connection 'aviationstack_default', check AVIASTACK_BASE_URL."
    )
    connected(password=KEY, host="http://127.0.0.1:8787/v1", extra='{"pace": "5/s"}')
    renamed = AviationStackHook().in_its_terms(RateLimited("Too fast.", remedy="Lower AVIASTACK_PACE."))
    assert renamed.remedy == "Lower the field 'pace' of connection 'aviationstack_default'."


def test_an_illegal_extra_is_refused_by_name(connected):
    connected(password=KEY, extra='{"pace": "fast"}')
    with pytest.raises(BadRequest, match="pace"):
        AviationStackHook().settings()


def test_the_access_key_is_masked_in_what_airflow_logs(connected):
    from airflow.sdk.log import redact

    connected(password=KEY, extra='{"pace_store": "redis://:hunter22@127.0.0.1:6379/0"}')
    AviationStackHook().settings()
    shown = redact(f"access_key={KEY} and redis://:hunter22@127.0.0.1:6379/0")
    assert KEY not in shown
    assert "hunter22" not in shown


def test_the_test_button_says_that_the_key_works_and_what_it_cost(connected, simulated):
    with simulated(key=KEY, plan="basic", quota=1000) as api:
        connected(password=KEY, host=api.url)
        works, message = AviationStackHook().test_connection()
        assert works, message
        assert api.asked() == 1
    assert "cost 1 call" in message
    assert "Left this month: 999 calls." in message


def test_the_test_button_says_that_the_key_is_refused_and_does_not_show_it(connected, simulated):
    with simulated(key="another") as api:
        connected(password=KEY, host=api.url)
        works, message = AviationStackHook().test_connection()
        assert api.asked() == 1
    assert not works
    assert "key" in message
    assert KEY not in message


def test_the_test_button_says_that_nothing_listens(connected):
    connected(password=KEY, host="http://127.0.0.1:9/v1", extra='{"pace": "off"}')
    works, message = AviationStackHook().test_connection()
    assert not works
    assert "127.0.0.1:9" in message
