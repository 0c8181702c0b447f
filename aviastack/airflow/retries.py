"""Retries by cause: a temporary fault is retried, a fault that needs a person fails at once."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from aviastack import errors

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails, RetryHook

_FAIL = RetryAction.FAIL
_RETRY = RetryAction.RETRY

RETRY_BY_CAUSE = ExceptionRetryPolicy(
    rules=[
        RetryRule(errors.AccessRefused, _FAIL, reason="The API rejects the key or the plan: a retry cannot succeed."),
        RetryRule(errors.BadRequest, _FAIL, reason="The request or a setting is invalid: fix it, then clear the task."),
        RetryRule(errors.QuotaExhausted, _FAIL, reason="The month is spent: the error says when to try again."),
        RetryRule(errors.BudgetExhausted, _FAIL, reason="The budget is spent: raise it, or wait for the next month."),
        RetryRule(errors.AuditFailed, _FAIL, reason="The rows break a rule, and would break it again."),
        RetryRule(errors.MartsFailed, _FAIL, reason="A dbt model or data test failed, and would fail again."),
        RetryRule(errors.IncompleteExtract, _FAIL, reason="The slice is incomplete: see its proof."),
        RetryRule(
            errors.RateLimited, _RETRY, reason="Calls are too fast for the API: waiting. Journaled pages are kept."
        ),
        RetryRule(errors.ApiUnavailable, _RETRY, reason="The API is unavailable: waiting. Journaled pages are kept."),
        RetryRule(errors.DamagedFile, _FAIL, reason="A staged file is damaged: replay or fetch its slice again."),
        RetryRule(errors.StagingUnavailable, _RETRY, reason="Staging is unavailable: waiting."),
        RetryRule(errors.WarehouseUnavailable, _RETRY, reason="The warehouse is unavailable or locked: waiting."),
    ]
)
"""The first matching rule applies. The delay is the task's own, so that it grows from try to try. An exception
without a rule (a bug, a lost trigger) is left to the task's ``retries``."""


def log_retries_once() -> None:
    """Keep stamina's hooks from logging our retries a second time; retries of other users of stamina stay logged."""
    from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

    hooks = get_on_retry_hooks()
    if not any(isinstance(hook, _Others) for hook in hooks):
        set_on_retry_hooks([_Others(hook) for hook in hooks])


class _Others:
    """A retry hook of stamina that ignores the retries of this package, which its own log reports."""

    def __init__(self, hook: RetryHook) -> None:
        self._hook = hook

    def __call__(self, details: RetryDetails) -> AbstractContextManager[None] | None:
        if type(details.caused_by).__module__.startswith("aviastack."):
            return None
        return self._hook(details)
