"""Notifiers of a failed run."""

from __future__ import annotations

import json

import pytest
from airflow.sdk import BaseNotifier

from aviastack.airflow import notify
from aviastack.errors import BadRequest

SENT = []


class Recorder(BaseNotifier):
    """A notifier that keeps its rendered text."""

    template_fields = ("text",)

    def __init__(self, text):
        super().__init__()
        self.text = text

    def notify(self, context):
        SENT.append(self.text)


@pytest.fixture
def configured(monkeypatch):
    return lambda items: monkeypatch.setenv(notify.VARIABLE, items if isinstance(items, str) else json.dumps(items))


def test_a_configured_notifier_is_called_with_its_text_rendered(configured):
    configured([{"class": f"{__name__}.Recorder", "text": "{{ run_id }}: {{ exception }} Runbook: https://wiki"}])
    [notifier] = notify.notifiers()
    notifier({"run_id": "manual__1", "exception": "1 of 6 slices failed: UA 2026-11-27."})
    assert SENT[-1] == "manual__1: 1 of 6 slices failed: UA 2026-11-27. Runbook: https://wiki"


def test_none_is_configured_by_default(configured):
    assert notify.notifiers() == []
    configured("")
    assert notify.notifiers() == []


@pytest.mark.parametrize(
    "items",
    ["slack", '"slack"', [{}], [{"class": "no.such.Notifier"}], [{"class": f"{__name__}.Recorder", "txt": ""}], [1]],
    ids=["no JSON", "text", "no class", "unknown module", "unknown argument", "number"],
)
def test_an_invalid_list_is_refused_with_the_variable_and_an_example(configured, items):
    configured(items)
    with pytest.raises(BadRequest, match=r"Invalid AVIASTACK_NOTIFIERS: .*package\.module\.Notifier"):
        notify.notifiers()
