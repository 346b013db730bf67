"""What holds for every test: in CI no layer may be skipped; a run of everything uses every core; hypothesis tries the
same examples every time (others: `pytest --hypothesis-seed=N`)."""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("same", derandomize=True, max_examples=300, deadline=None, database=None)
settings.load_profile("same")

LAYERS = ("models",)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each core; none for tests that were named, which are over before a worker has started."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Models are loaded by one worker only, while the others run the rest test by test."""

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "models" if nodeid.startswith(("tests/models/", "tests/contracts/")) else nodeid

    return Scheduler(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test of a layer that skips itself fails where FRONTDESK_CI is set."""
    report = yield
    if os.environ.get("FRONTDESK_CI") and report.skipped and any(item.get_closest_marker(name) for name in LAYERS):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; in CI every layer runs: {report.longrepr}"
    return report
