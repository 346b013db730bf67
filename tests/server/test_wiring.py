"""From a configuration to a conversation."""

from datetime import date

import pytest

from server.config.file import load
from server.wiring import make_models, opened
from tests.fakes.command_line import CLOCK, SCRIPTED, configured
from tests.fakes.loop import run
from voice.providers.rule import RuleTurnDetector
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTurnDetector

TODAY = date(2026, 11, 23)


def voice(folder, text=SCRIPTED, spoken=True):
    return make_models(load(configured(folder, text)), spoken=spoken)


def test_options_arrive_at_the_constructor(tmp_path):
    made = voice(tmp_path, SCRIPTED + "[voice.stt_options]\ntexts = ['a', 'b']\ndelay = 1\n")
    assert isinstance(made.stt, ScriptedSTT)
    assert made.stt.model == "texts"


def test_a_written_conversation_needs_only_the_llm(tmp_path):
    made = voice(tmp_path, spoken=False)
    assert isinstance(made.llm, ScriptedLLM)
    assert (made.stt, made.tts, made.vad, made.audio_turn, made.text_turn) == (None,) * 5


@pytest.mark.parametrize(
    ("turn", "turn_text", "audio", "text"),
    [
        ("off", "off", type(None), type(None)),
        ("scripted/x", "auto", ScriptedTurnDetector, RuleTurnDetector),
        ("off", "rule/english", type(None), RuleTurnDetector),
        ("off", "scripted/x", type(None), ScriptedTurnDetector),
    ],
)
def test_turn_detectors_are_those_that_were_named(tmp_path, turn, turn_text, audio, text):
    named = SCRIPTED.replace('turn = "off"', f'turn = "{turn}"').replace(
        'turn_text = "off"', f'turn_text = "{turn_text}"'
    )
    made = voice(tmp_path, named)
    assert (type(made.audio_turn), type(made.text_turn)) == (audio, text)


def test_an_llm_that_can_tell_the_end_of_a_turn_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(ScriptedLLM, "end_of_turn", ScriptedTurnDetector.end_of_turn, raising=False)
    made = voice(tmp_path, SCRIPTED.replace('turn_text = "off"', 'turn_text = "auto"'))
    assert made.text_turn is made.llm


def test_the_prompt_holds_the_agent_its_servers_and_the_date(tmp_path):
    async def prompt():
        async with opened(load(configured(tmp_path, SCRIPTED + CLOCK)), spoken=False) as app:
            [instructions] = app.hub.instructions.values()
            return instructions, app.instructions(TODAY), app.session(None, TODAY)

    servers, text, session = run(prompt())
    assert text.startswith("You answer the phone.")
    assert servers in text
    assert "Today is Monday 23 November 2026" in text
    assert session.chat.chat.instructions == text
