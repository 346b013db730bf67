"""How often the embedded LLM decides rightly on the café's tools, and what its answers cost.

    python -m tests.bench.llama_tools [--dialogues]

33 utterances, none of them an example of a tool: 21 want a certain call with certain arguments, 12 want words. An
utterance counts when the call's name and arguments are right (dates and times by what they mean), or when there is
none. Tokens a second and seconds to the first token depend on the machine and on what else it does.
"""

import argparse
import asyncio
import statistics
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mcp import Client
from mcp_types import Tool

from mcp_servers import clock
from mcp_servers.cafe import server as cafe
from mcp_servers.spoken import Unclear, parse_date, parse_time
from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage, result_text
from voice.llm import TextDelta
from voice.providers.llama.llm import LlamaCppLLM
from voice.turn_detector import UserTurn

NOW = datetime(2026, 11, 23, 14, 0)
CHAT = Chat(
    "You are Lisa, the friendly receptionist of Café Linden, 12 Harbour Street. You answer the phone.\n"
    "We serve coffee, tea, breakfast, and home-made cakes: apple cake, cheesecake and carrot cake.\n"
    "Dogs are welcome. There is free wireless internet. We do not deliver.\n"
    f"Today is {NOW:%A}, {NOW:%d %B %Y}.",
    (AgentMessage("Café Linden, this is Lisa. How can I help you?"),),
)
Expected = tuple[str, str | None, Mapping[str, Any]]
UTTERANCES: Sequence[Expected] = (
    (
        "Do you have a free table for two tomorrow at six thirty in the evening?",
        "search_tables",
        {"date": "tomorrow", "time": "18:30", "people": 2},
    ),
    (
        "Is anything available on Saturday at 8 p.m. for five people?",
        "search_tables",
        {"date": "Saturday", "time": "20:00", "people": 5},
    ),
    (
        "Could we come today at noon? There are four of us.",
        "search_tables",
        {"date": "today", "time": "12:00", "people": 4},
    ),
    (
        "Can you check whether you have room for six on Thursday at seven in the evening?",
        "search_tables",
        {"date": "Thursday", "time": "19:00", "people": 6},
    ),
    (
        "Have you got space for three people tomorrow at nine in the morning?",
        "search_tables",
        {"date": "tomorrow", "time": "9:00", "people": 3},
    ),
    (
        "Please book a table for two tomorrow at 6:30 pm. My name is Anna Miller.",
        "book_table",
        {"date": "tomorrow", "time": "18:30", "people": 2, "name": "Anna Miller"},
    ),
    (
        "I want to reserve a table for five on Saturday at eight in the evening, under the name Garcia.",
        "book_table",
        {"date": "Saturday", "time": "20:00", "people": 5, "name": "Garcia"},
    ),
    (
        "Can you put me down for Wednesday at 1 pm, two people, name is Peter Schmidt?",
        "book_table",
        {"date": "Wednesday", "time": "13:00", "people": 2, "name": "Peter Schmidt"},
    ),
    (
        "Make a reservation for tomorrow at seven pm for three people for Olivia Brown.",
        "book_table",
        {"date": "tomorrow", "time": "19:00", "people": 3, "name": "Olivia Brown"},
    ),
    (
        "Can you change my booking cedar 12 to seven pm?",
        "change_booking",
        {"code": "cedar 12", "time": "19:00"},
    ),
    ("We will be five instead of three, the code is lemon 88.", "change_booking", {"code": "lemon 88", "people": 5}),
    ("Move booking ocean 5 to Friday please.", "change_booking", {"code": "ocean 5", "date": "Friday"}),
    ("I need to cancel, my code is tulip 63.", "cancel_booking", {"code": "tulip 63"}),
    ("Please cancel the reservation with code stone 9.", "cancel_booking", {"code": "stone 9"}),
    ("Which reservations do I have? I'm Peter Schmidt.", "list_bookings", {"name": "Peter Schmidt"}),
    ("Can you look up my bookings under the name Garcia?", "list_bookings", {"name": "Garcia"}),
    ("What are your opening hours on Saturday?", "opening_hours", {"date": "Saturday"}),
    ("How late are you open tomorrow?", "opening_hours", {"date": "tomorrow"}),
    ("Are you open on Monday?", "opening_hours", {"date": "Monday"}),
    ("What's the date today?", "today", {}),
    ("What time is it?", "today", {}),
    ("Can I bring my dog?", None, {}),
    ("Where are you located?", None, {}),
    ("Do you have Wi-Fi?", None, {}),
    ("Hi, good morning.", None, {}),
    ("Can you repeat that please?", None, {}),
    ("I'd like to book a table.", None, {}),
    ("Do you deliver to my house?", None, {}),
    ("What is the capital of France?", None, {}),
    ("Goodbye.", None, {}),
    ("Are you a robot?", None, {}),
    ("I want to cancel my booking.", None, {}),
    ("Thanks a lot.", None, {}),
)
DIALOGUES: Sequence[Sequence[str]] = (
    (
        "What are your opening hours on Saturday?",
        "Do you have a free table for two tomorrow at six thirty in the evening?",
        "Great, please book it. My name is Anna Miller.",
        "Can I bring my dog?",
        "Thank you, goodbye.",
    ),
    ("I'd like to book a table.", "For three people on Friday at 8 pm.", "John Baker."),
    ("Check if there is a table for two tomorrow at six in the evening and if so book it for Peter Schmidt.",),
    ("Book a table for four on Sunday at noon, the name is Lee.", "What cakes do you have?"),
)
FINISHED = (
    "What are your opening hours on Saturday",
    "I would like a table for two tomorrow",
    "Can I bring my dog",
    "My name is Anna Miller",
    "Please cancel my booking",
    "Do you have Wi-Fi",
    "Yes please",
    "No thank you that was all",
    "At half past six",
    "For four people",
    "The code is tulip 63",
    "Could you say that again",
)
UNFINISHED = (
    "What are your opening",
    "I would like a table for",
    "Can I bring my",
    "My name is",
    "Please cancel the",
    "Do you have a",
    "Yes I think we",
    "I need a table on Friday at",
    "We are going to be",
    "The code is",
    "Could you tell me whether",
    "And then I wanted to",
)


def meant(name: str, value: Any) -> Any:
    """`value` in a form that is equal for equal meanings."""
    try:
        match name:
            case "date":
                return parse_date(value, NOW.date())
            case "time":
                time = parse_time(value)
                # As the café does: half past six without "am" or "pm" is in the evening.
                return time.minutes + 720 if time.either and time.minutes < 8 * 60 else time.minutes
    except Unclear:
        return value
    return value.lower() if isinstance(value, str) else value


def same(arguments: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    given = {name: meant(name, value) for name, value in arguments.items() if value not in ("", 0)}
    return given == {name: meant(name, value) for name, value in expected.items()}


async def ask(llm: LlamaCppLLM, chat: Chat, tools: Sequence[Tool], firsts: list[float]) -> tuple[str, ToolCall | None]:
    """What is said and the last call; the seconds to the first part go to `firsts`."""
    loop = asyncio.get_running_loop()
    began, text, call, first = loop.time(), "", None, 0.0
    async with aclosing(llm.reply(chat, tools)) as parts:
        async for part in parts:
            first = first or loop.time() - began
            if isinstance(part, TextDelta):
                text += part.text
            elif isinstance(part, ToolCall):
                call = part
    firsts.append(first)
    return text, call


async def utterances(llm: LlamaCppLLM, tools: Sequence[Tool]) -> None:
    right = false = missed = 0
    firsts: list[float] = []
    for said, name, expected in UTTERANCES:
        chat = CHAT.plus(UserMessage(said))
        await llm.end_of_turn(UserTurn(said, np.zeros(0, dtype=np.float32), CHAT))
        text, call = await ask(llm, chat, tools, firsts)
        good = (
            call is None if name is None else call is not None and call.name == name and same(call.arguments, expected)
        )
        right += good
        false += name is None and call is not None
        missed += name is not None and call is None
        done = f"{call.name} {dict(call.arguments)}" if call else text
        print(f"{'ok   ' if good else 'WRONG'} {said}  ->  {done}", flush=True)
    words = sum(name is None for _, name, _ in UTTERANCES)
    print(f"right: {right}/{len(UTTERANCES)}; calls where words were wanted: {false}/{words}")
    print(f"words where a call was wanted: {missed}/{len(UTTERANCES) - words}")
    print(f"first token after the turn was scored: median {statistics.median(firsts):.2f} s, worst {max(firsts):.2f} s")


async def turn_ends(llm: LlamaCppLLM) -> None:
    async def score(text: str) -> float:
        return await llm.end_of_turn(UserTurn(text, np.zeros(0, dtype=np.float32), CHAT))

    finished, unfinished = [await score(text) for text in FINISHED], [await score(text) for text in UNFINISHED]
    print(f"finished sentences above 0.5: {sum(p > 0.5 for p in finished)}/{len(finished)}")
    print(f"unfinished sentences below 0.5: {sum(p < 0.5 for p in unfinished)}/{len(unfinished)}")


async def dialogues(llm: LlamaCppLLM, tools: Sequence[Tool], owners: Mapping[str, Client]) -> None:
    for turns in DIALOGUES:
        print("---")
        chat, firsts = CHAT, list[float]()
        for said in turns:
            chat = chat.plus(UserMessage(said))
            print(f"caller: {said}")
            for _ in range(4):
                text, call = await ask(llm, chat, tools, firsts)
                if text:
                    print(f"agent:  {text}", flush=True)
                    chat = chat.plus(AgentMessage(text))
                if call is None:
                    break
                result = await owners[call.name].call_tool(call.name, dict(call.arguments))
                read = result_text(result)
                print(f"        {call.name} {dict(call.arguments)} -> {read}", flush=True)
                chat = chat.plus(call, ToolResult(call.id, call.name, read, bool(result.is_error)))


async def main(with_dialogues: bool) -> None:
    with TemporaryDirectory() as directory:
        booking = Client(cafe.create(Path(directory) / "cafe.sqlite", now=lambda: NOW))
        async with booking, Client(clock.create(now=lambda: NOW)) as hours:
            owners = {tool.name: client for client in (booking, hours) for tool in (await client.list_tools()).tools}
            tools = [tool for client in (booking, hours) for tool in (await client.list_tools()).tools]
            llm = LlamaCppLLM()
            loop = asyncio.get_running_loop()
            began = loop.time()
            await llm.warm(CHAT, tools)
            print(f"warmed in {loop.time() - began:.1f} s")
            await utterances(llm, tools)
            await turn_ends(llm)
            if with_dialogues:
                await dialogues(llm, tools, owners)
            await llm.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dialogues", action="store_true", help="also hold a few conversations, tools and all")
    asyncio.run(main(parser.parse_args().dialogues))
