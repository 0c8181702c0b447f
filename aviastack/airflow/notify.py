"""Notifiers of a failed run, by configuration: any of Airflow's own, such as those for Slack, email or a webhook.

``AVIASTACK_NOTIFIERS`` is a JSON list. Each item names a notifier's ``class``; its other fields are the notifier's
arguments, which may be templates::

    [{"class": "airflow.providers.slack.notifications.slack_webhook.SlackWebhookNotifier",
      "slack_webhook_conn_id": "slack",
      "text": "{{ run_id }}: {{ exception }} Runbook: https://wiki.example.com/flights"}]

``summarize_run`` calls them once per failed run: for failed checks, incomplete settled dates, a spent month or budget,
and any other failure of a slice or of the marts.
"""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Any

from aviastack.errors import BadRequest

VARIABLE = "AVIASTACK_NOTIFIERS"


def notifiers() -> list[Any]:
    """Return the configured notifiers. Raises :class:`BadRequest` for a list that cannot be read or constructed."""
    text = os.environ.get(VARIABLE, "").strip()
    try:
        return [_notifier(**item) for item in json.loads(text)] if text else []
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise BadRequest(
            f'Invalid {VARIABLE}: {error}. Use a JSON list such as [{{"class": "package.module.Notifier", ...}}].',
            remedy=f"Fix {VARIABLE}.",
        ) from None


def _notifier(**item: Any) -> Any:
    module, _, name = str(item.pop("class", "")).rpartition(".")
    return getattr(import_module(module), name)(**item)
