"""The composition root: from a configuration to the objects of a conversation. The only place that names concretes."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from server.config.file import Config
from server.config.voice import MANUAL, Choice
from server.errors import ConfigError, Problem
from server.loop import freeze
from server.prompt import instructions
from server.providers import Providers
from toolhub.connection.lifecycle import ServerState
from toolhub.conversation import ConversationInfo
from toolhub.errors import ConfigError as ServerConfigError
from toolhub.events import HubEvent, ServerChanged, ToolsChanged
from toolhub.hub import ToolHub
from toolhub.policy import decide
from voice.agent import Agent, Models
from voice.chat import Chat
from voice.errors import ProviderError
from voice.events import ToolsChanged as ToolListChanged
from voice.events import ToolServerChanged
from voice.llm import ActsOnlyWhenTold, Warmable
from voice.policy import IdlePolicy
from voice.session import Session
from voice.speaking.phrases import SpokenPhrases
from voice.transport import Transport

__all__ = ["RULE", "App", "make_models", "opened", "servers_of", "unavailable"]

RULE = "rule/english"
"""The text-side turn detector where the LLM cannot tell by itself."""


@dataclass(frozen=True, slots=True)
class App:
    """What all conversations of this process share. `models`: those of each agent, by its name in the file."""

    config: Config
    models: Mapping[str, Models]
    hub: ToolHub

    def agents(self, today: date) -> dict[str, Agent]:
        """Those who can answer, by name, in the order of the file; their prompts hold the date."""
        return {name: self._agent(name, today) for name in self.config.agents}

    async def warm(self, today: date) -> None:
        """Load and cache before a caller waits for it. What fails here fails again, and is reported, in the session.

        A model that agents share is loaded once, an LLM takes in the prompt of each: last that of the one that answers.
        """
        loaded: set[int] = set()
        agents = self.agents(today)
        first = agents.pop(self.config.answered_by)
        for agent in (*agents.values(), first):
            chat, tools = Chat(agent.instructions), agent.choose(self.hub.tools)
            loaded.discard(id(agent.models.llm))  # what it caches is the agent's prompt
            for part in _parts([agent.models]):
                if isinstance(part, Warmable) and id(part) not in loaded:
                    loaded.add(id(part))
                    with suppress(ProviderError):
                        await part.warm(chat, tools)

    @asynccontextmanager
    async def session(
        self, transport: Transport | None, call: str, today: date, *, patient: bool = False
    ) -> AsyncIterator[Session]:
        """The conversation of the call with the id `call`, to be run inside; spoken where there is a transport.

        `patient`: silence does not end it (of a typist). Enter and leave it in the same task.
        """
        voice = self.config.voice
        turn = voice.turn_policy
        agent = self._agent(self.config.answered_by, today)
        info = ConversationInfo(call, agent.name, "terminal", agent.language)
        told = isinstance(agent.models.llm, ActsOnlyWhenTold)
        async with self.hub.conversation(info, partial(decide, ask_unless_read_only=told)) as toolbox:
            session = Session(
                agent,
                toolbox,
                transport,
                turn=replace(turn, idle=IdlePolicy(after=0)) if patient else turn,
                gate=voice.gate,
                reply=voice.reply,
                history=voice.history,
                call_id=call,
            )
            with _reported(self.hub, session, call):
                yield session

    def _agent(self, name: str, today: date) -> Agent:
        said = self.config.agents[name]
        agent = Agent(
            said.name,
            "",
            self.models[name],
            said.greeting,
            said.language,
            said.voice.phrases,
            said.tools,
            said.greeting_interruptible,
        )
        without = {one.name for one in self.hub.servers if one.tools and not any(map(agent.has, one.tools))}
        servers = {server: text for server, text in self.hub.instructions.items() if server not in without}
        return replace(agent, instructions=instructions(said.instructions, servers, said.language, today))


@asynccontextmanager
async def opened(config: Config, *, spoken: bool) -> AsyncIterator[App]:
    """Providers made and servers connected; without `spoken` only what a written conversation needs.

    Enter and leave it in the same task. Raises ConfigError, NotReady.
    """
    async with AsyncExitStack() as resources:
        models = make_models(config, spoken=spoken)
        for provider in _parts(models.values()):
            close: Any = getattr(provider, "aclose", None)
            if close is not None:
                resources.push_async_callback(close)
        hub = await resources.enter_async_context(servers_of(config))
        freeze()
        yield App(config, models, hub)


@asynccontextmanager
async def servers_of(config: Config) -> AsyncIterator[ToolHub]:
    """The MCP servers, connected as far as they can be. Raises ConfigError."""
    async with AsyncExitStack() as resources:
        try:
            hub = await resources.enter_async_context(ToolHub(config.servers))
        except ServerConfigError as error:
            raise ConfigError([Problem(config.path, error.key, error.message)]) from error
        yield hub


def unavailable(hub: ToolHub) -> list[str]:
    """A line for each server whose tools the agent has to do without now."""
    down = (server for server in hub.servers if server.state is not ServerState.READY)
    return [f"MCP server {server.name} is not available: {server.error or server.state}" for server in down]


@contextmanager
def _reported(hub: ToolHub, session: Session, call: str) -> Iterator[None]:
    """What happens in the hub is in the session's events too, unless it is another call's business."""

    def report(event: HubEvent) -> None:
        match event:
            case ServerChanged(server, state, reason, call_id) if call_id in (None, call):
                session.report(ToolServerChanged(server, state, reason))
            case ToolsChanged(revision, call_id) if call_id in (None, call):
                session.report(ToolListChanged(revision))

    stop = hub.listen(report)
    try:
        yield
    finally:
        stop()


def _parts(of: Iterable[Models]) -> list[Any]:
    """The providers of these models, each once."""
    parts = [
        part
        for models in of
        for part in (models.llm, models.stt, models.tts, models.vad, models.audio_turn, models.text_turn)
    ]
    return list({id(part): part for part in parts if part is not None}.values())


def make_models(config: Config, *, spoken: bool) -> dict[str, Models]:
    """The models of each agent; what several have in common is built once, what none has is not even imported.

    Raises ConfigError, NotReady.
    """
    providers = Providers(config)
    if not spoken:
        return {name: Models(llm=providers.get(config.choice(name, "llm"))) for name in config.agents}
    voices: dict[tuple[int, str], SpokenPhrases] = {}
    return {name: _spoken_models(config, name, providers, voices) for name in config.agents}


def _spoken_models(
    config: Config, name: str, providers: Providers, voices: dict[tuple[int, str], SpokenPhrases]
) -> Models:
    llm, stt, tts, vad = (providers.get(config.choice(name, key)) for key in ("llm", "stt", "tts", "vad"))
    turn, language = config.choice(name, "turn"), config.agents[name].language
    return Models(
        llm=llm,
        stt=stt,
        tts=tts,
        vad=vad,
        audio_turn=None if turn.provider in ("off", MANUAL) else providers.get(turn),
        text_turn=None if turn.provider == MANUAL else _text_turn(config.choice(name, "turn_text"), llm, providers),
        spoken=voices.setdefault((id(tts), language), SpokenPhrases(tts, language)),
    )


def _text_turn(choice: Choice, llm: Any, providers: Providers) -> Any:
    """With "auto", an LLM that can tell itself from its next token whether a sentence is finished, else the rule."""
    match choice.provider:
        case "off":
            return None
        case "auto":
            return llm if hasattr(llm, "end_of_turn") else providers.get(replace(choice, provider=RULE))
        case _:
            return providers.get(choice)
