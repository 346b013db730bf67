"""What a tool call costs on its way through a whole session, over the SDK's own client.

    python -m tests.bench.tool_path [--turns 200]

From the moment the LLM has written the call until it is asked again with the result, in a session that speaks (scripted
models, the café in this process), less the same call through `mcp.Client`; in turns, medians of all.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import Tool

from mcp_servers.cafe import create
from server.loop import freeze, run
from tests.fakes.call import QUIET, Caller
from toolhub.config.servers import ServerEntry
from toolhub.conversation import ConversationInfo
from toolhub.hub import ToolHub
from voice.agent import Agent, Models
from voice.chat import Chat, ToolCall, UserMessage
from voice.events import ReplyEnded
from voice.llm import LLMPart, TextDelta, ToolChoice
from voice.policy import Phrases
from voice.providers.scripted import ScriptedTTS
from voice.session import Session

TOOL, ARGUMENTS = "list_bookings", {"name": "Miller"}


class Clocked:
    """Calls the tool, then answers; notes how long it was between the two."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self._called = 0.0

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        if isinstance(chat.items[-1], UserMessage):
            self._called = time.perf_counter()
            yield ToolCall(f"call-{len(self.waited)}", TOOL, ARGUMENTS)
        else:
            self.waited.append(time.perf_counter() - self._called)
            yield TextDelta("Yes.")


async def measure(turns: int, pause: float) -> tuple[list[float], list[float]]:
    """Seconds through a session and through the client, a call each in turn, `pause` seconds apart."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder, "cafe.sqlite")
        entry = ServerEntry.model_validate(
            {"frontdesk": {"module": "mcp_servers.cafe:create", "options": {"db": str(db)}}}
        )
        llm, bare = Clocked(), list[float]()
        agent = Agent("bench", "x", Models(llm, tts=ScriptedTTS(delay=0.0, rate=500)), phrases=Phrases(filler=""))
        async with (
            ToolHub({"cafe": entry}) as hub,
            hub.conversation(ConversationInfo("1", "bench", "bench", "en")) as toolbox,
            Client(create(db)) as client,
            asyncio.TaskGroup() as tasks,
        ):
            session = Session(agent, toolbox, Caller(until=3600), turn=QUIET)
            ended: asyncio.Queue[Any] = asyncio.Queue()
            session.attach(lambda record: ended.put_nowait(record) if isinstance(record.event, ReplyEnded) else None)
            tasks.create_task(session.run())
            await asyncio.sleep(0.1)
            freeze()
            for _ in range(turns):
                session.type("Is there a booking?")
                await ended.get()
                await asyncio.sleep(pause)
                began = time.perf_counter()
                await client.call_tool(TOOL, ARGUMENTS)
                bare.append(time.perf_counter() - began)
                await asyncio.sleep(pause)
            session.hang_up()
    return llm.waited, bare


async def main(turns: int) -> None:
    for name, pause in (("one after the other", 0.0), ("0.1 s apart", 0.1)):
        through, bare = (statistics.median(times) * 1000 for times in await measure(turns, pause))
        print(f"{name:20} session {through:5.2f} ms   SDK {bare:5.2f} ms   added {through - bare:5.2f} ms   n={turns}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=200)
    run(main(parser.parse_args().turns))
