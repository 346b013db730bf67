"""What surrounds the network: vocabulary and loops. The network itself is tested with its weights."""

import pytest

from voice.providers.moonshine.recogniser import cut_loop, modern, read_vocabulary


def test_vocabulary_pieces_follow_their_length():
    assert read_vocabulary(b"\x05<unk>\x01a\x02bc") == [b"<unk>", b"a", b"bc"]


def test_a_long_vocabulary_piece_has_a_length_of_two_bytes():
    piece = b"x" * 300
    assert read_vocabulary(bytes([128 + 300 % 128, 300 // 128]) + piece + b"\x01a") == [piece, b"a"]


def test_an_empty_file_is_an_empty_vocabulary():
    assert read_vocabulary(b"") == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="nothing"),
        pytest.param([1, 2, 3, 4, 5, 6, 7, 8], id="no repetition"),
        pytest.param([7, 8, 7, 8, 7, 8, 7, 8], id="no, no, no, no"),
        pytest.param([5] * 8, id="a number of equal digits"),
        pytest.param([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6], id="a sentence begun twice"),
    ],
)
def test_what_people_say_stays(said):
    assert cut_loop(said) == said


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param([9, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4], [9, 1, 2, 3, 4], id="four words three times"),
        pytest.param([9, *[5] * 9], [9, 5], id="one word nine times"),
        pytest.param([1, 2] * 5, [1, 2], id="two words five times"),
    ],
)
def test_a_decoder_that_goes_in_circles_is_cut_to_one_round(said, kept):
    assert cut_loop(said) == kept


def test_repetition_that_is_over_stays():
    said = [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 9]
    assert cut_loop(said) == said


def test_old_spelling_becomes_new():
    assert modern("See you to-morrow, good-by.") == "See you tomorrow, goodby."
    assert modern("A two-day trip to-and-fro.") == "A two-day trip to-and-fro."
