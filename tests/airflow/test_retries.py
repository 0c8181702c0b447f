"""Retries by cause: every error has its rule, as documented."""

from __future__ import annotations

import pytest
from airflow.sdk import ExceptionRetryPolicy, RetryAction

from aviastack import errors
from aviastack.airflow.retries import RETRY_BY_CAUSE

FAILS = [
    "KeyRefused",
    "PlanRefused",
    "QuotaExhausted",
    "BudgetExhausted",
    "BadRequest",
    "MissingExtra",
    "IncompleteExtract",
    "AuditFailed",
    "MartsFailed",
    "DamagedFile",
]
RETRIED = ["RateLimited", "ApiUnavailable", "ApiDown", "StagingUnavailable", "WarehouseUnavailable", "LockRefused"]


def leaves(kind):
    """Yield the classes of the hierarchy that nothing derives from, and those that are raised themselves."""
    for child in kind.__subclasses__():
        yield child
        yield from leaves(child)


def decided(name):
    error = getattr(errors, name)("what was wrong")
    return RETRY_BY_CAUSE.evaluate(error, try_number=1, max_tries=5).action


@pytest.mark.parametrize("name", FAILS)
def test_an_error_that_needs_a_person_fails_at_once(name):
    assert decided(name) is RetryAction.FAIL


@pytest.mark.parametrize("name", RETRIED)
def test_what_time_mends_is_tried_again_with_the_tasks_own_growing_pause(name):
    error = getattr(errors, name)("what was wrong")
    decision = RETRY_BY_CAUSE.evaluate(error, try_number=1, max_tries=5)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay is None


def test_no_error_of_ours_is_without_a_rule():
    ours = {kind.__name__ for kind in leaves(errors.AviastackError) if kind.__module__ == errors.__name__}
    assert ours - {"AccessRefused", "Exhausted"} == {*FAILS, *RETRIED}


def test_a_bug_is_left_to_the_tasks_retries():
    decision = RETRY_BY_CAUSE.evaluate(KeyError("x"), try_number=1, max_tries=5)
    assert decision.action is RetryAction.DEFAULT


def test_stamina_does_not_log_our_retries_again_and_logs_those_of_others():
    from stamina.instrumentation import RetryDetails, set_on_retry_hooks

    from aviastack.airflow.retries import log_retries_once
    from aviastack.api.retries import TransientError

    seen = []
    set_on_retry_hooks([lambda details: seen.append(details.caused_by)])
    try:
        log_retries_once()
        log_retries_once()
        for error in (TransientError(errors.ApiUnavailable("down")), other := OSError()):
            for hook in stamina_hooks():
                hook(RetryDetails("call", (), {}, 1, 0.5, 0.0, error))
    finally:
        set_on_retry_hooks(None)
    assert seen == [other]


def stamina_hooks():
    from stamina.instrumentation import get_on_retry_hooks

    return get_on_retry_hooks()


def test_the_policy_survives_the_way_through_airflows_database():
    again = ExceptionRetryPolicy.deserialize(RETRY_BY_CAUSE.serialize())
    assert again.evaluate(errors.KeyRefused("no"), 1, 5).action is RetryAction.FAIL
    assert again.evaluate(errors.WarehouseUnavailable("no"), 1, 5).action is RetryAction.RETRY
