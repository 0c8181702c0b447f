"""What Airflow's Google and Snowflake connections lend to a step, and that they take it back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from aviastack.airflow.connections import Connections


@pytest.fixture
def connected(monkeypatch):
    """Return a function that makes a connection."""

    def connect(conn_id, **fields):
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))

    return connect


def test_without_connections_the_defaults_are_embedded():
    with Connections().settings() as settings:
        assert settings.staging == "./data/staging"
        assert settings.warehouse == "duckdb:///data/aviastack.duckdb"


def test_a_snowflake_connection_is_the_warehouse_for_as_long_as_the_step_lasts(connected):
    extra = {"account": "ORG-ACC", "database": "FLIGHTS", "warehouse": "WH", "role": "LOADER"}
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word", extra=extra)
    with Connections().settings() as settings:
        assert settings.warehouse == "snowflake://"
        lent = {name: value for name, value in os.environ.items() if name.startswith("SNOWFLAKE_")}
    assert lent == {
        "SNOWFLAKE_ACCOUNT": "ORG-ACC",
        "SNOWFLAKE_DATABASE": "FLIGHTS",
        "SNOWFLAKE_WAREHOUSE": "WH",
        "SNOWFLAKE_ROLE": "LOADER",
        "SNOWFLAKE_USER": "loader",
        "SNOWFLAKE_PASSWORD": "s3cret-word",
    }
    assert not [name for name in os.environ if name.startswith("SNOWFLAKE_")]


def test_a_private_key_in_the_connection_is_a_file_only_while_the_step_lasts(connected):
    extra = {"account": "ORG-ACC", "private_key_content": "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----"}
    connected("snowflake_default", conn_type="snowflake", login="loader", password="phrase-of-the-key", extra=extra)
    with Connections().settings():
        file = Path(os.environ["SNOWFLAKE_PRIVATE_KEY_PATH"])
        assert file.read_text() == extra["private_key_content"]
        assert file.stat().st_mode & 0o077 == 0
        assert os.environ["SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"] == "phrase-of-the-key"
        assert "SNOWFLAKE_PASSWORD" not in os.environ
    assert not file.exists()


def test_a_warehouse_that_is_set_is_not_overruled_by_a_connection(connected, monkeypatch):
    monkeypatch.setenv("AVIASTACK_WAREHOUSE", "duckdb:///mine.duckdb")
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word")
    with Connections().settings() as settings:
        assert settings.warehouse == "duckdb:///mine.duckdb"
        assert "SNOWFLAKE_USER" not in os.environ


def test_variables_that_were_there_come_back(connected, monkeypatch):
    monkeypatch.setenv("SNOWFLAKE_USER", "somebody")
    connected("snowflake_default", conn_type="snowflake", login="loader", password="s3cret-word")
    with Connections().settings():
        assert os.environ["SNOWFLAKE_USER"] == "loader"
    assert os.environ["SNOWFLAKE_USER"] == "somebody"


def test_a_google_connection_lends_its_key_file_to_a_bucket(connected, monkeypatch, tmp_path):
    key = tmp_path / "key.json"
    key.write_text("{}")
    monkeypatch.setenv("AVIASTACK_STAGING", "gs://bucket/prefix")
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"key_path": str(key)})
    with Connections().settings():
        assert os.environ["GOOGLE_APPLICATION_CREDENTIALS"] == str(key)
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ


def test_a_folder_borrows_nothing_of_google(connected, monkeypatch, tmp_path):
    connected("google_cloud_default", conn_type="google_cloud_platform", extra={"key_path": "/no/such/key.json"})
    with Connections().settings():
        assert "GOOGLE_APPLICATION_CREDENTIALS" not in os.environ
