"""Hysteresis and minimum lengths, with no audio and no clock."""

from voice.hearing.speech_gate import LAG, GateClosed, GateOpened, SpeechGate
from voice.policy import GatePolicy

POLICY = GatePolicy(threshold=0.5, release=0.3, min_speech=0.3, min_silence=0.2)


def feed(gate: SpeechGate, *probabilities: float) -> list[object]:
    """Windows of 0.1 s."""
    return [gate.process(probability, 0.1) for probability in probabilities]


def test_speech_opens_after_its_minimum_and_says_when_it_began() -> None:
    assert [None, None, GateOpened(0.30000000000000004)] == feed(SpeechGate(POLICY), 0.9, 0.9, 0.9)


def test_a_click_is_not_speech() -> None:
    assert feed(SpeechGate(POLICY), 0.9, 0.9, 0.0, 0.9, 0.9) == [None] * 5


def test_a_dip_above_the_release_threshold_does_not_break_speech() -> None:
    assert isinstance(feed(SpeechGate(POLICY), 0.9, 0.4, 0.9)[-1], GateOpened)


def test_below_the_threshold_nothing_begins() -> None:
    assert feed(SpeechGate(POLICY), 0.4, 0.4, 0.4, 0.4) == [None] * 4


def test_silence_closes_after_its_minimum_and_says_how_long_it_has_lasted() -> None:
    gate = SpeechGate(POLICY)
    feed(gate, 0.9, 0.9, 0.9)
    assert [None, GateClosed(0.2)] == feed(gate, 0.1, 0.1)


def test_a_short_gap_does_not_close() -> None:
    gate = SpeechGate(POLICY)
    feed(gate, 0.9, 0.9, 0.9)
    assert feed(gate, 0.1, 0.9, 0.1, 0.9) == [None] * 4


def test_quiet_inside_the_last_window_counts_as_silence() -> None:
    gate = SpeechGate(POLICY)
    feed(gate, 0.9, 0.9, 0.9)
    assert gate.process(0.9, 0.1, quiet=0.08) is None
    assert gate.process(0.1, 0.1, quiet=0.18) is None
    assert gate.process(0.1, 0.1, quiet=0.28) == GateClosed(0.28)


def test_a_detector_that_is_late_is_believed_but_for_its_usual_delay() -> None:
    gate = SpeechGate(POLICY)
    feed(gate, 0.9, 0.9, 0.9)
    for _ in range(5):
        assert gate.process(0.9, 0.1, quiet=5.0) is None
    assert gate.process(0.1, 0.05, quiet=5.0) is None
    assert gate.process(0.1, 0.1, quiet=5.0) == GateClosed(0.15000000000000002 + LAG)


def test_the_detectors_silence_counts_even_where_there_is_sound() -> None:
    gate = SpeechGate(POLICY)
    feed(gate, 0.9, 0.9, 0.9)
    assert [gate.process(0.1, 0.1, quiet=0.0) for _ in range(2)] == [None, GateClosed(0.2)]


def test_it_is_idle_until_something_may_be_speech() -> None:
    gate = SpeechGate(POLICY)

    def idle_after(*probabilities: float) -> bool:
        feed(gate, *probabilities)
        return gate.idle

    assert idle_after(0.1)
    assert not idle_after(0.9)
    assert not idle_after(0.9, 0.9)
    assert idle_after(0.1, 0.1)


def test_speech_may_have_begun_before_it_counts() -> None:
    gate = SpeechGate(POLICY)
    seen = []
    for probability in (0.05, 0.25, 0.9, 0.1, 0.9, 0.9, 0.9):
        gate.process(probability, 0.1)
        seen.append(gate.maybe)
    assert seen == [False, True, True, False, True, True, False]


def test_how_long_speech_must_last_can_change() -> None:
    gate = SpeechGate(POLICY)
    gate.min_speech = 0.5
    assert feed(gate, 0.9, 0.9, 0.9, 0.9)[-1] is None
    assert isinstance(gate.process(0.9, 0.1), GateOpened)
