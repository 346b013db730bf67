"""How often the embedded LLM does right what a caller wants, and how often it acts or invents unasked.

    python -m tests.bench.requests.bench tune|report [--show]

Two halves of a set of requests to four receptions (`servers.py`), split once: the guard is tuned on `tune.json` only,
`report.json` tells what that was worth. A request has the user's words (`said`), what was said before (`history`), and
what is right: a `call` with `arguments`, a question back for one of the fields in `ask`, an admitted ignorance
(`unknown`), words that match one of `answer`; nothing in `never` may match. The caller says yes to a read-back only
when it is the call they want. Calls go through a real hub to real servers, several one after another as in a session.

right             the request got what is right, and nothing else was called
acting wrongly    a call that was not wanted, or with other arguments; reads of what the call is about are no fault
writes unasked    calls of tools that are not read-only, among those: begun, and only offered for the caller's yes
admitted          of the requests that nobody can answer
first answer      seconds to the first whole sentence or call, wall clock and this process's CPU
"""

import argparse
import asyncio
import json
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mcp_types import CallToolRequestParams, Tool

from mcp_servers.spoken import Unclear, parse_date, parse_time
from server.prompt import instructions
from tests.bench.requests.servers import NOW, RECEPTIONS
from toolhub.caller import NoCaller
from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.conversation import Conversation, ConversationInfo
from toolhub.hub import ToolHub
from toolhub.policy import decide, is_read_only
from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage, result_text
from voice.llm import TextDelta
from voice.providers.llama.llm import LlamaCppLLM

HERE = Path(__file__).parent
_MOST_STEPS = 4
_ASKS = {
    "city": "city|where|place",
    "code": "code",
    "date": r"\bday\b|date|when",
    "doctor": "doctor",
    "guests": "guests|people|how many",
    "name": "name",
    "nights": "nights|how long|how many",
    "order_number": "number",
    "patient": "name|patient",
    "people": "people|how many|party",
    "street": "street|address",
    "time": "time|when",
}
_ADMITS = re.compile(
    r"do not know|don.t know|can ?not|can.t|not able|unable|no information|do not have (that|this|any) information"
    r"|not sure|only help with",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\?|tell me|need", re.IGNORECASE)


@dataclass(slots=True)
class Outcome:
    """What came of a request."""

    said: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    """Names of tools that the caller said no to."""
    wall: float = 0.0
    cpu: float = 0.0


class _Person(NoCaller):
    """Says yes to a call that is wanted."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.refused = False

    async def confirm(self, read_back: str) -> bool:
        self.refused = not self.wanted
        return self.wanted


def meant(name: str, value: Any) -> Any:
    """`value` in a form that is equal for equal meanings."""
    try:
        match name:
            case "date" | "day":
                return parse_date(str(value), NOW.date())
            case "time":
                clock = parse_time(str(value))
                return clock.minutes + 720 if clock.either and clock.minutes < 8 * 60 else clock.minutes
    except Unclear:
        return value
    plain = re.sub(r"\b(doctor|dr)\b\.? ?", "", value.lower()).strip(" .") if isinstance(value, str) else value
    return int(plain) if isinstance(plain, str) and plain.isdigit() else plain


def is_wanted(request: Mapping[str, Any], name: str, arguments: Mapping[str, Any]) -> bool:
    given = {key: meant(key, value) for key, value in arguments.items() if value not in ("", 0, None)}
    wanted = {key: meant(key, value) for key, value in request.get("arguments", {}).items()}
    defaults = {"day": meant("day", "today"), "date": meant("date", "today")} if name != "book_table" else {}
    return name == request.get("call") and (
        given == wanted or {k: v for k, v in given.items() if wanted.get(k, v) == v or defaults.get(k) != v} == wanted
    )


def is_harmless(request: Mapping[str, Any], tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Whether a call only reads, and only about what the wanted call is about."""
    about = {meant(key, value) for key, value in request.get("arguments", {}).items()}
    given = {meant(key, value) for key, value in arguments.items() if value not in ("", 0, None)}
    return is_read_only(tool.annotations) and "call" in request and given <= about


async def hold(llm: LlamaCppLLM, toolbox: Conversation, chat: Chat, request: Mapping[str, Any]) -> Outcome:
    """The answer to `chat`, with all calls that it takes."""
    outcome, person = Outcome(), _Person(False)
    tools = toolbox.tools().tools
    began, cpu = time.perf_counter(), time.process_time()
    for step in range(_MOST_STEPS):
        text, call = "", None
        async with aclosing(llm.reply(chat, tools, "auto" if step < _MOST_STEPS - 1 else "none")) as parts:
            async for part in parts:
                text += part.text if isinstance(part, TextDelta) else ""
                call = part if isinstance(part, ToolCall) else call
                if not outcome.wall and (call or re.search(r"[.?!](\s|$)", text)):
                    outcome.wall, outcome.cpu = time.perf_counter() - began, time.process_time() - cpu
        outcome.said = f"{outcome.said} {text}".strip()
        if call is None:
            break
        arguments = dict(call.arguments)
        person.wanted, person.refused = is_wanted(request, call.name, arguments), False
        params = CallToolRequestParams(name=call.name, arguments=arguments)
        result = await toolbox.call(params, person, asyncio.sleep(0))
        if person.refused:
            outcome.offered.append(call.name)
        outcome.calls.append((call.name, arguments))
        back = ToolResult(call.id, call.name, result_text(result), bool(result.is_error))
        said = (AgentMessage(text),) if text else ()
        chat = chat.plus(*said, call, back)
    return outcome


@dataclass(slots=True)
class Verdict:
    """Of one request."""

    right: bool
    wrong_calls: list[str]
    unasked: list[str]
    admitted: bool | None


def judge(request: Mapping[str, Any], outcome: Outcome, tools: Mapping[str, Tool]) -> Verdict:
    wanted = [is_wanted(request, *call) for call in outcome.calls]
    wrong = [
        name
        for (name, arguments), good in zip(outcome.calls, wanted, strict=True)
        if not good and not is_harmless(request, tools[name], arguments)
    ]
    unasked = [name for name in wrong if not is_read_only(tools[name].annotations)]
    right = any(wanted) if "call" in request else not outcome.calls and says_right(request, outcome.said)
    admitted = bool(_ADMITS.search(outcome.said)) and not outcome.calls if request.get("unknown") else None
    return Verdict(right and not wrong, wrong, unasked, admitted)


def says_right(request: Mapping[str, Any], said: str) -> bool:
    if any(re.search(pattern, said, re.IGNORECASE) for pattern in request.get("never", ())):
        return False
    asks = bool(_ASKING.search(said)) and any(
        re.search(_ASKS[name], said, re.IGNORECASE) for name in request.get("ask", ())
    )
    tells = any(re.search(pattern, said, re.IGNORECASE) for pattern in request.get("answer", ()))
    return asks or tells or (bool(request.get("unknown")) and bool(_ADMITS.search(said)))


async def reception(llm: LlamaCppLLM, name: str, requests: Sequence[Mapping[str, Any]], show: bool) -> list[Any]:
    told, done = RECEPTIONS[name], []
    # Before the flag there was none to ask.
    asks_first = bool(getattr(llm, "acts_only_when_told", False))
    for number, request in enumerate(requests):
        with TemporaryDirectory() as folder:
            entries = {
                server: ServerEntry(frontdesk=ServerSettings(module=made))
                for server, made in told.servers(Path(folder)).items()
            }
            async with ToolHub(entries) as hub:
                policy = partial(decide, ask_unless_read_only=asks_first)
                info = ConversationInfo(str(number), name, "bench", "en")
                async with hub.conversation(info, decide=policy) as toolbox:
                    history = [
                        UserMessage(text) if who == "user" else AgentMessage(text)
                        for who, text in request.get("history", ())
                    ]
                    prompt = instructions(told.instructions, hub.instructions, "en", NOW.date())
                    before = Chat(prompt, (AgentMessage(told.greeting), *history))
                    tools = toolbox.tools().tools
                    await llm.warm(before, tools)
                    outcome = await hold(llm, toolbox, before.plus(UserMessage(request["said"])), request)
                    verdict = judge(request, outcome, {tool.name: tool for tool in tools})
                    done.append((request, outcome, verdict))
                    if show:
                        mark = "ok   " if verdict.right else "WRONG"
                        acted = f" !{','.join(verdict.wrong_calls)}" if verdict.wrong_calls else ""
                        print(f"{mark}{acted} {name}: {request['said']}  ->  {outcome.calls or ''} {outcome.said}")
    return done


def table(done: Sequence[tuple[Mapping[str, Any], Outcome, Verdict]]) -> None:
    count = len(done)
    verdicts = [verdict for _, _, verdict in done]
    unknown = [verdict.admitted for verdict in verdicts if verdict.admitted is not None]
    offered = sum(len(outcome.offered) for _, outcome, _ in done)
    unasked = sum(len(verdict.unasked) for verdict in verdicts)
    right, acting = sum(one.right for one in verdicts), sum(bool(one.wrong_calls) for one in verdicts)
    walls, cpus = [one.wall for _, one, _ in done], [one.cpu for _, one, _ in done]
    print(f"right              {right}/{count}  {right / count:.0%}")
    for kind in ("call", "ask", "unknown", "answer"):
        of = [verdict.right for request, _, verdict in done if kind_of(request) == kind]
        print(f"  {kind:<16} {sum(of)}/{len(of)}")
    print(f"acting wrongly     {acting}/{count}  {acting / count:.0%}")
    print(f"writes unasked     {unasked - offered} done, {offered} offered and refused")
    print(f"admitted           {sum(unknown)}/{len(unknown)}")
    print(f"first answer       wall median {statistics.median(walls):.2f} s, worst {max(walls):.2f} s")
    print(f"                   CPU  median {statistics.median(cpus):.2f} s, worst {max(cpus):.2f} s")


def kind_of(request: Mapping[str, Any]) -> str:
    return next((kind for kind in ("call", "ask", "unknown") if request.get(kind)), "answer")


async def main(half: str, show: bool) -> None:
    requests = json.loads((HERE / f"{half}.json").read_text(encoding="utf-8"))
    llm = LlamaCppLLM()
    done = []
    for name in RECEPTIONS:
        done += await reception(llm, name, [one for one in requests if one["server"] == name], show)
    table(done)
    await llm.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("half", choices=("tune", "report"))
    parser.add_argument("--show", action="store_true", help="also print every answer")
    options = parser.parse_args()
    asyncio.run(main(options.half, options.show))
