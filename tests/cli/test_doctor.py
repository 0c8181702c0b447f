from __future__ import annotations

import re
from pathlib import Path

import pytest


def test_doctor_marks_what_passes_and_what_fails(cli, loaded) -> None:
    answer = cli("doctor")
    assert answer.code == 0
    marks = {line.split()[1].rstrip(":"): line.split()[0] for line in answer.out.splitlines()}
    checks = ("aviastack", "reader", "settings", "key", "quota", "staging", "warehouse", "grants", "dbt")
    assert marks == dict.fromkeys(checks, "ok")


def test_call_checks_the_key_with_the_api(cli, api) -> None:
    answer = cli("doctor", "--call", "--json")
    assert answer.code == 0
    [found] = [finding for finding in answer.object["findings"] if finding["subject"] == "API"]
    assert (found["ok"], found["message"].startswith(f"{api} accepts the key; ")) == (True, True)


def test_a_missing_key_ends_with_4_and_the_other_checks_go_on(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AVIASTACK_ACCESS_KEY")
    answer = cli("doctor")
    assert answer.code == 4
    assert "FAIL  key: No access key is set.\n      Set AVIASTACK_ACCESS_KEY, or try: aviastack demo" in answer.out
    assert "ok    warehouse" in answer.out


def test_an_invalid_setting_is_a_finding_and_ends_with_2(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIASTACK_PACE", "0/s")
    answer = cli("doctor", "--json")
    assert (answer.code, answer.object["findings"][-1]["error"]["type"]) == (2, "BadRequest")


def test_a_missing_extra_is_a_finding_and_ends_with_2(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aviastack.extras.find_spec", lambda _: None)
    answer = cli("doctor", "--staging", "gs://bucket", "--warehouse", "snowflake://NAME", "--json")
    assert answer.code == 2
    failed = {f["subject"]: f["error"]["remedy"] for f in answer.object["findings"] if not f["ok"]}
    assert failed["staging"] == "Install it: pip install 'aviastack[gcs]'"
    assert failed["warehouse"] == "Install it: pip install 'aviastack[snowflake]'"


def test_an_unforeseen_error_is_a_finding_and_ends_with_1(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: object) -> None:
        raise ZeroDivisionError("with 00112233445566778899aabbccddeeff")

    monkeypatch.setattr("aviastack.limits.ledger.known_quota", broken)
    answer = cli("doctor")
    assert answer.code == 1
    assert "FAIL  quota: ZeroDivisionError: with ***" in answer.out
    assert "ok    staging" in answer.out


def test_a_staging_folder_that_is_a_file_ends_with_6(cli) -> None:
    Path("blocked").write_text("")
    assert cli("doctor", "--staging", "blocked/staging").code == 6


def test_setup_sql_is_printed_alone_with_its_comments_and_every_semicolon(cli) -> None:
    answer = cli("doctor", "--setup-sql", "--staging", "gs://our-bucket/raw")
    assert answer.code == 0
    assert answer.out.count("gcloud storage buckets add-iam-policy-binding gs://our-bucket ") == 2
    assert "SET RSA_PUBLIC_KEY" in answer.out
    assert answer.out.count("-- OPTION ") >= 6
    *_, last = re.sub(r"--.*", "", answer.out).split()
    assert last.endswith(";")
    assert cli("doctor", "--setup-sql", "--call").code == 2
