"""A caller made of files: what is read, when each is said, and when the caller hangs up."""

import asyncio
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.fakes.call import LOUD, Outcome, Tools, hold
from tests.fakes.loop import run
from voice.audio import silence
from voice.errors import ProviderRejected
from voice.events import AgentSpeechStarted, ReplyEnded, UserNotUnderstood, UserSpeechStarted, UserTurnEnded
from voice.providers.scripted import ScriptedLLM, ScriptedSTT
from voice.transports.wav import GAP, PATIENCE, TAIL, CallScript, Clip, UnreadableAudio, WavCaller, read_clip


def clip(name: str, seconds: float = 1.0, after: float | None = None, loud: int = LOUD) -> Clip:
    return Clip(name, np.full(round(seconds * 16_000), loud, dtype=np.int16), after)


def call(
    clips: list[Clip], texts: list[str], replies: list[Any], greeting: str = "", **others
) -> tuple[Outcome, CallScript]:
    async def main() -> tuple[Outcome, CallScript]:
        caller = WavCaller(CallScript(clips, 0.0, greeted=bool(greeting)))
        outcome = await hold(
            caller,
            ScriptedSTT(texts=texts),
            ScriptedLLM(replies=replies),
            greeting=greeting,
            during=lambda session: caller.follow(session.subscribe()),
            **others,
        )
        return outcome, caller.script

    return run(main())


def starts(outcome: Outcome) -> list[float]:
    """When the caller began to speak, as the VAD reports it."""
    return [
        round(record.at - record.event.ago, 1)
        for record in outcome.records
        if isinstance(record.event, UserSpeechStarted)
    ]


def ends(outcome: Outcome) -> list[float]:
    return [record.at for record in outcome.records if isinstance(record.event, ReplyEnded)]


# --- when


def test_each_clip_is_said_when_the_one_before_was_answered():
    outcome, script = call([clip("a"), clip("b")], ["one", "two"], ["First answer.", "Second answer."])
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["one", "two"]
    assert starts(outcome)[1] == pytest.approx(ends(outcome)[0] + GAP, abs=0.11)
    assert (script.played, script.unanswered, outcome.reason) == (2, [], "hangup")
    assert outcome.records[-1].at == pytest.approx(ends(outcome)[-1] + TAIL, abs=0.05)


def test_the_first_clip_waits_for_the_greeting_to_end():
    outcome, _ = call([clip("a")], ["one"], ["Answer."], greeting="Hello, this is the café.")
    assert starts(outcome)[0] == pytest.approx(ends(outcome)[0] + GAP, abs=0.11)
    assert not outcome.of(ReplyEnded)[0].interrupted


def test_a_clip_with_a_time_barges_in_that_long_after_the_answer_began():
    story = "Once upon a time there was a king who had three daughters and a very long name."
    outcome, script = call([clip("a"), clip("b", after=1.5)], ["tell", "stop it"], [story, "Fine."])
    began = outcome.at(AgentSpeechStarted)[0]
    assert starts(outcome)[1] == pytest.approx(began + 1.5, abs=0.11)
    assert [event.interrupted for event in outcome.of(ReplyEnded)] == [True, False]
    assert script.unanswered == []


def test_the_first_clip_can_barge_into_the_greeting():
    greeting = "Welcome to the café, which has been here for more than a hundred years now."
    outcome, _ = call([clip("a", after=1.0)], ["a table please"], ["Fine."], greeting=greeting)
    assert starts(outcome)[0] == pytest.approx(outcome.at(AgentSpeechStarted)[0] + 1.0, abs=0.11)
    assert outcome.of(ReplyEnded)[0].interrupted


def test_a_time_beyond_the_answers_end_does_not_keep_the_caller_waiting():
    outcome, _ = call([clip("a"), clip("b", after=60.0)], ["one", "two"], ["Short.", "Second."])
    assert starts(outcome)[1] == pytest.approx(ends(outcome)[0] + GAP, abs=0.11)


def test_a_backchannel_needs_no_answer_of_its_own():
    story = "Once upon a time there was a king who had three daughters and a very long name."
    clips = [clip("a"), clip("mhm", 0.3, after=1.0), clip("c")]
    outcome, script = call(clips, ["tell", "mhm", "thanks"], [story, "You are welcome."])
    assert [event.interrupted for event in outcome.of(ReplyEnded)] == [False, False]
    assert (script.played, script.unanswered) == (3, [])


def test_a_pause_inside_a_clip_that_is_answered_too_early_does_not_confuse_the_caller():
    samples = np.concatenate([clip("x").samples, np.zeros(48_000, dtype=np.int16), clip("x").samples])
    outcome, script = call(
        [Clip("a", samples), clip("b")], ["I would like", "a table", "thanks"], ["Yes, please?", "Done.", "Bye."]
    )
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["I would like", "a table", "thanks"]
    assert (script.played, script.unanswered) == (2, [])


def test_a_clip_in_which_nothing_is_said_is_given_up_and_named():
    outcome, script = call([clip("quiet", loud=0), clip("b")], ["one"], ["Answer."])
    assert script.unanswered == ["quiet"]
    assert starts(outcome)[0] == pytest.approx(GAP + 1.0 + PATIENCE, abs=0.11)


def test_a_last_clip_that_is_not_understood_ends_the_call_and_is_named():
    outcome, script = call([clip("a"), clip("mumble")], ["one", ""], ["Answer."])
    assert (script.unanswered, outcome.reason) == (["mumble"], "hangup")


def test_an_apology_for_not_having_understood_is_no_answer():
    outcome, script = call([clip("a", 1.5), clip("b")], ["", "", "two"], ["Answer."])
    assert len(outcome.of(UserNotUnderstood)) == 1
    assert script.unanswered == ["a"]


def test_a_call_that_the_agent_ends_leaves_clips_unplayed():
    failing = ScriptedLLM(replies=[[ProviderRejected("llm", "x", "no")] for _ in range(9)])

    async def main() -> tuple[Outcome, CallScript]:
        caller = WavCaller(CallScript([clip(str(n)) for n in range(6)], 0.0, greeted=False))
        outcome = await hold(
            caller,
            ScriptedSTT(texts=["a"] * 6),
            failing,
            during=lambda session: caller.follow(session.subscribe()),
        )
        return outcome, caller.script

    outcome, script = run(main())
    assert outcome.reason == "failed"
    assert script.played < 6


def test_a_slow_tool_is_waited_for():
    tools = Tools({"look": (8.0, "found")})
    outcome, script = call(
        [clip("a"), clip("b")], ["look", "thanks"], [[{"tool": "look"}], "Found it.", "Bye."], tools=tools
    )
    assert starts(outcome)[1] > 8.0
    assert script.unanswered == []


def test_the_microphone_keeps_time_for_ten_minutes_though_the_reader_is_late():
    async def main() -> float:
        loop = asyncio.get_running_loop()
        caller = WavCaller(CallScript([clip("a", 600.0)], 0.0, greeted=False))
        frames = 0
        async for _ in caller.microphone():
            frames += 1
            if frames % 7 == 0:
                await asyncio.sleep(0.015)
            if frames == 30_000:
                break
        return loop.time()

    assert run(main()) == pytest.approx(600.0, abs=0.03)


def test_what_is_handed_over_takes_its_time_to_be_heard_unless_it_is_cleared():
    async def main() -> list[float]:
        caller = WavCaller(CallScript([], 0.0, greeted=False))
        delays = [caller.delay]
        for _ in range(2):
            caller.play(silence(0.02, 24_000))
        delays.append(caller.delay)
        await asyncio.sleep(0.03)
        delays.append(caller.delay)
        caller.clear()
        return [*delays, caller.delay]

    assert run(main()) == pytest.approx([0.0, 0.04, 0.01, 0.0])


# --- what


def write(path, rate=16_000, channels=1, seconds=1.0, **others):
    wave = 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)
    soundfile.write(path, np.stack([wave] * channels, axis=1), rate, **others)
    return path


@pytest.mark.parametrize(
    ("rate", "channels", "kind"),
    [
        (8_000, 1, {"subtype": "ULAW"}),
        (8_000, 1, {"subtype": "ALAW"}),
        (8_000, 1, {"subtype": "PCM_16"}),
        (11_025, 2, {"subtype": "PCM_U8"}),
        (16_000, 1, {"subtype": "PCM_16"}),
        (44_100, 2, {"subtype": "PCM_24"}),
        (48_000, 6, {"subtype": "FLOAT"}),
        (48_000, 1, {"subtype": "PCM_16", "format": "FLAC"}),
    ],
)
def test_any_rate_width_and_number_of_channels_becomes_16_khz_mono(tmp_path, rate, channels, kind):
    read = read_clip(write(tmp_path / "speech.wav", rate, channels, **kind), after=2.0)
    assert (read.name, read.after, read.samples.dtype.name) == ("speech.wav", 2.0, "int16")
    assert len(read.samples) == pytest.approx(16_000, abs=20)
    middle = read.samples[4_000:12_000].astype(float)
    assert np.abs(middle).max() == pytest.approx(0.3 * 32767, rel=0.06)
    tone = np.abs(np.fft.rfft(middle))
    assert np.argmax(tone) * 2 == 440


def test_a_stereo_file_is_mixed_from_both_sides(tmp_path):
    left = np.concatenate([np.full(8_000, 0.5), np.zeros(8_000)])
    soundfile.write(tmp_path / "two.wav", np.stack([left, left[::-1]], axis=1), 16_000)
    samples = read_clip(tmp_path / "two.wav").samples
    assert set(samples[[100, 15_000]]) == {round(0.25 * 32767)}


def test_what_is_no_audio_is_refused_by_name_and_reason(tmp_path):
    (tmp_path / "notes.wav").write_text("not audio at all")
    for path, reason in (
        (tmp_path / "missing.wav", "no such file"),
        (tmp_path / "notes.wav", "cannot be read as audio"),
        (tmp_path, "cannot be read as audio"),
        (write(tmp_path / "empty.wav", seconds=0), "is empty"),
    ):
        with pytest.raises(UnreadableAudio, match=reason) as caught:
            read_clip(path)
        assert str(path) in str(caught.value)


def sizeless(path, unknown, **kind):
    """A file whose header was written before the length was known."""
    sound = bytearray(write(path, **kind).read_bytes())
    at = sound.find(b"data")
    if sound[:4] == b".snd":
        sound[8:12] = unknown
    else:
        sound[4:8] = sound[at + 4 : at + 8] = unknown
    if (ds64 := sound.find(b"ds64")) > 0:
        sound[ds64 + 8 : ds64 + 32] = bytes(24)
    path.write_bytes(sound)
    return path


@pytest.mark.parametrize("unknown", [bytes(4), b"\xff" * 4], ids=["0", "-1"])
@pytest.mark.parametrize(
    "kind",
    [
        {"subtype": "PCM_16"},
        {"subtype": "FLOAT"},
        {"subtype": "ULAW"},
        {"subtype": "PCM_24", "channels": 2},
        {"subtype": "PCM_16", "format": "WAVEX"},
        {"subtype": "PCM_16", "format": "RF64"},
        {"subtype": "PCM_16", "endian": "BIG"},
        {"subtype": "PCM_16", "format": "AU"},
    ],
    ids=str,
)
def test_a_file_whose_header_knows_no_length_is_read_to_its_end(tmp_path, kind, unknown):
    samples = read_clip(sizeless(tmp_path / "stream.wav", unknown, **kind)).samples
    assert len(samples) == pytest.approx(16_000, abs=20)
    assert np.abs(samples[4_000:12_000].astype(float)).max() == pytest.approx(0.3 * 32767, rel=0.06)


def test_a_header_with_nothing_behind_it_is_empty(tmp_path):
    path = write(tmp_path / "empty.wav", seconds=0)
    for length in (12, 20, 40, 44):
        (tmp_path / "cut.wav").write_bytes(path.read_bytes()[:length])
        with pytest.raises(UnreadableAudio):
            read_clip(tmp_path / "cut.wav")
