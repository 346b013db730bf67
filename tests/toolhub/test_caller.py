import asyncio

import pytest
from mcp_types import ElicitRequestURLParams

from tests.fakes.loop import Deadlock, run
from toolhub.caller import NoCaller


async def test_nobody_answers_and_nobody_confirms():
    nobody = NoCaller()
    asked = ElicitRequestURLParams(url="http://127.0.0.1/", message="Look here", elicitation_id="1")
    assert (await nobody.elicit(asked, "shop")).action == "cancel"
    assert not await nobody.confirm("book a table")


def test_nobody_ever_interrupts():
    async def wait():
        async with asyncio.timeout(3600):
            await NoCaller().gone()

    with pytest.raises(TimeoutError):
        run(wait())
    with pytest.raises(Deadlock):
        run(NoCaller().gone())
