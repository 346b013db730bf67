"""The composition root: from a configuration to the objects of a conversation. The only place that names concretes."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from server.config.file import Config
from server.errors import ConfigError, Problem
from server.loop import settle
from server.prompt import instructions
from server.providers import build
from toolhub.connection.lifecycle import ServerState
from toolhub.errors import ConfigError as ServerConfigError
from toolhub.hub import ToolHub
from voice.agent import Agent, Models
from voice.chat import Chat
from voice.errors import ProviderError
from voice.llm import Warmable
from voice.policy import IdlePolicy
from voice.session import Session
from voice.speaking.phrases import SpokenPhrases
from voice.transport import Transport

__all__ = ["RULE", "App", "make_models", "opened", "servers_of", "unavailable"]

RULE = "rule/english"
"""The text-side turn detector where the LLM cannot tell by itself."""


@dataclass(frozen=True, slots=True)
class App:
    """What all conversations of this process share."""

    config: Config
    models: Models
    hub: ToolHub

    def instructions(self, today: date) -> str:
        """The system prompt, with what the servers that are there say about themselves."""
        agent = self.config.agent
        return instructions(agent.instructions, self.hub.instructions, agent.language, today)

    async def warm(self, today: date) -> None:
        """Load and cache before a caller waits for it. What fails here fails again, and is reported, in the session."""
        for part in _parts(self.models):
            if isinstance(part, Warmable):
                with suppress(ProviderError):
                    await part.warm(Chat(self.instructions(today)), self.hub.tools)

    def session(self, transport: Transport | None, today: date, *, patient: bool = False) -> Session:
        """A new conversation, spoken where there is a transport. `patient`: silence does not end it (of a typist)."""
        agent, voice = self.config.agent, self.config.voice
        turn = voice.turn_policy
        return Session(
            Agent(agent.name, self.instructions(today), self.models, agent.greeting, agent.language, voice.phrases),
            self.hub,
            transport,
            turn=replace(turn, idle=IdlePolicy(after=0)) if patient else turn,
            gate=voice.gate,
            reply=voice.reply,
        )


@asynccontextmanager
async def opened(config: Config, *, spoken: bool) -> AsyncIterator[App]:
    """Providers made and servers connected; without `spoken` only what a written conversation needs.

    Enter and leave it in the same task. Raises ConfigError, NotReady.
    """
    async with AsyncExitStack() as resources:
        models = make_models(config, spoken=spoken)
        for provider in _parts(models):
            close: Any = getattr(provider, "aclose", None)
            if close is not None:
                resources.push_async_callback(close)
        hub = await resources.enter_async_context(servers_of(config))
        settle()
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


def _parts(models: Models) -> list[Any]:
    """The providers of a conversation, each once."""
    parts = (models.llm, models.stt, models.tts, models.vad, models.audio_turn, models.text_turn)
    return list({id(part): part for part in parts if part is not None}.values())


def make_models(config: Config, *, spoken: bool) -> Models:
    """The models of `[voice]`; each is imported and built only if it is used. Raises ConfigError, NotReady."""
    models = Models(llm=build(config, "llm"))
    if not spoken:
        return models
    tts = build(config, "tts")
    return replace(
        models,
        stt=build(config, "stt"),
        tts=tts,
        vad=build(config, "vad"),
        audio_turn=None if config.voice.turn == "off" else build(config, "turn"),
        text_turn=_text_turn(config, models.llm),
        spoken=SpokenPhrases(tts),
    )


def _text_turn(config: Config, llm: Any) -> Any:
    """With "auto", an LLM that can tell itself from its next token whether a sentence is finished, else the rule."""
    match config.voice.turn_text:
        case "off":
            return None
        case "auto":
            return llm if hasattr(llm, "end_of_turn") else build(config, "turn_text", RULE)
        case _:
            return build(config, "turn_text")
