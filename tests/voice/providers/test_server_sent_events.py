import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.providers.server_sent_events import DONE, EventReader


def read(*pieces):
    reader = EventReader()
    return [value for piece in pieces for value in reader.push(piece)] + reader.flush()


STREAM = (
    'event: a\ndata: {"type": "a", "x": "é\u2028y"}\n\ndata: {"n": 2}\r\n\r\n: comment\n\ndata:[1]\r\rdata: [DONE]\n\n'
)


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=6))
def test_the_same_events_come_out_wherever_the_bytes_are_cut(cuts):
    sent = STREAM.encode()
    ends = [*sorted(cuts), len(sent)]
    pieces = [sent[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    assert read(*pieces) == [{"type": "a", "x": "é\u2028y"}, {"n": 2}, [1], DONE]


@pytest.mark.parametrize(
    "sent",
    [
        b'data: {"n": 1}\n\n',
        b'data: {"n": 1}',
        b'data: {"n":\ndata: 1}\n\n',
        b'\xef\xbb\xbfdata: {"n": 1}\n\n',
        b'id: 7\nretry: 10\ndata: {"n": 1}\n\nevent: ping\n\n: keep-alive\n\ndata:\n\n',
        b'{"n": 1}',
        b'{\n  "n": 1\n}\n',
    ],
)
def test_an_event_is_read_in_every_spelling(sent):
    assert read(sent) == [{"n": 1}]


def test_the_name_of_an_event_is_its_type_where_the_data_has_none():
    assert read(b'event: error\ndata: {"message": "no"}\n\n') == [{"type": "error", "message": "no"}]
    assert read(b'event: a\ndata: {"type": "b"}\n\ndata: {}\n\n') == [{"type": "b"}, {}]


def test_json_a_line_is_an_event_a_line():
    assert read(b'{"n": 1}\n{"n": 2}\n') == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("sent", [b"data: {oops\n\n", b"<html>Bad gateway</html>", b'{"n": '])
def test_what_is_no_json_is_an_error(sent):
    with pytest.raises(ValueError, match=r"\w"):
        read(sent)


def test_an_event_without_an_end_is_not_waited_for():
    with pytest.raises(ValueError, match="without an end"):
        read(*[b"data: " + json.dumps("x" * 1_000_000).encode() + b"\n"] * 5)
