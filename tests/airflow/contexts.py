"""What Airflow gives to a task, for an operator that a test executes by hand."""

from __future__ import annotations


class Events(dict):
    """The outlet events of a task's context."""

    def __missing__(self, asset):
        from airflow.sdk.execution_time.context import OutletEventAccessor

        return self.setdefault(asset, OutletEventAccessor(key=asset))


class Instance:
    """A task instance, which keeps its XComs."""

    def __init__(self):
        self.xcoms = {}

    def xcom_push(self, key, value):
        self.xcoms[key] = value


class Store(dict):
    """The state store of a task."""

    set = dict.__setitem__


def context():
    """Return the context of a task that is run by hand."""
    return {"ti": Instance(), "task_state_store": Store(), "outlet_events": Events()}
