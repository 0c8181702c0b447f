"""What the documents say of the tests and of the statements is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
REVIEW = (REPOSITORY / "docs" / "code-review.md").read_text(encoding="utf-8")


def _faults() -> list[str]:
    return re.split(r"^## (?=\d+\. )", REVIEW, flags=re.MULTILINE)[1:]


@pytest.mark.parametrize("fault", _faults(), ids=lambda fault: fault.partition("\n")[0])
def test_each_fault_of_the_review_has_its_comment_and_a_test_that_is_there(fault: str) -> None:
    assert "> **Reviewer (" in fault
    prevented_by = fault.partition("**Prevented by**")[2]
    files = re.findall(r"`(tests/[a-z_/]+\.py)`", prevented_by)
    written = "".join((REPOSITORY / file).read_text(encoding="utf-8") for file in files)

    assert files
    for test in re.findall(r"`(test_\w+)`", prevented_by):
        assert f"def {test}(" in written, test


def test_the_faults_stand_in_the_order_of_their_severity() -> None:
    severities = re.findall(r"^\| \d+ \| (\w+) \|", REVIEW, flags=re.MULTILINE)

    assert len(severities) == len(_faults())
    assert severities == sorted(severities, key=["blocker", "major", "minor"].index)
