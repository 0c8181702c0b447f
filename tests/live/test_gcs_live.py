"""What every store promises, on a real bucket."""

from __future__ import annotations

import inspect

import pytest

import tests.staging.test_store as stores

pytestmark = pytest.mark.live

globals().update(
    {
        name: test
        for name, test in vars(stores).items()
        if name.startswith("test_") and "store" in inspect.signature(test).parameters
    }
)
