"""Retry by cause: what time mends is tried again, what only a person mends fails at once."""

from __future__ import annotations

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from aviastack import errors

_FAIL = RetryAction.FAIL
_RETRY = RetryAction.RETRY

RETRY_BY_CAUSE = ExceptionRetryPolicy(
    rules=[
        RetryRule(errors.AccessRefused, _FAIL, reason="The API refuses the key or the plan: no retry can succeed."),
        RetryRule(errors.BadRequest, _FAIL, reason="The request or a setting is wrong: mend it, then clear the task."),
        RetryRule(errors.QuotaExhausted, _FAIL, reason="The month is spent: the error says when to try again."),
        RetryRule(errors.BudgetExhausted, _FAIL, reason="Our own budget is spent: raise it, or wait for next month."),
        RetryRule(errors.AuditFailed, _FAIL, reason="The rows broke a rule; the same rows would break it again."),
        RetryRule(errors.MartsFailed, _FAIL, reason="A dbt model or data test failed; the same rows would fail again."),
        RetryRule(errors.IncompleteExtract, _FAIL, reason="Completeness was not proven: look at the proof."),
        RetryRule(errors.RateLimited, _RETRY, reason="Too fast for the API: backing off, the pages so far are kept."),
        RetryRule(errors.ApiUnavailable, _RETRY, reason="The API is down: backing off, the pages so far are kept."),
        RetryRule(errors.StagingUnavailable, _RETRY, reason="Staging is down: backing off."),
        RetryRule(errors.WarehouseUnavailable, _RETRY, reason="The warehouse is down or held: backing off, no call."),
    ]
)
"""The first rule that matches wins. The delay of a retry is the task's own, so that it grows from try to try; an
exception that stands in no rule (a bug, a lost trigger) is left to the task's ``retries`` too."""
