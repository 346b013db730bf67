"""What holds for every test: in CI no layer may be skipped, and hypothesis tries the same examples every time.

Other examples: `pytest --hypothesis-seed=N`.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, max_examples=300, deadline=None, database=None)
settings.load_profile("same")

LAYERS = ("models",)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A test of a layer that skips itself fails where FRONTDESK_CI is set."""
    report = yield
    if os.environ.get("FRONTDESK_CI") and report.skipped and any(item.get_closest_marker(name) for name in LAYERS):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; in CI every layer runs: {report.longrepr}"
    return report
