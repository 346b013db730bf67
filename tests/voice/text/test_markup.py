"""Markup of every kind leaves its words behind and nothing else."""

import pytest

from tests.fakes.filtered import both, said
from voice.text.speakable import Speakable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('One moment. <break time="500ms"/> Here it is.', "One moment. Here it is."),
        ('<prosody rate="slow">Your table is ready.</prosody>', "Your table is ready."),
        ('Please <emphasis level="strong">wait</emphasis> here.', "Please wait here."),
        ("<emphasis level=strong>wow</emphasis> <w role='amazon:VB'>read</w>", "wow read"),
        ("Hello<break time=500ms>there<mark name='x'/> ok", "Hello there ok"),
        ('<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis">Hi</speak>', "Hi"),
        ('<?xml version="1.0"?><speak><![CDATA[Hi]]></speak>', "Hi"),
        (
            '<lang xml:lang="fr-FR">Bonjour</lang>, <amazon:effect name="whispered">psst</amazon:effect>',
            "Bonjour, psst",
        ),
        ('<img src="x.png" alt="a > b">ok<!-- not this -->', "ok"),
        ("<script>alert(1)</script>Hello <svg><path d='M0'/></svg>you", "Hello you"),
        ("<audio src='x.mp3'>no sound</audio>done <audio src='y.mp3'/>now", "done now"),
        ("<answer>Yes.</answer> <think>hm</think>No.", "Yes. No."),
        ("<p class='x'>One</p><p>Two</p>", "\nOne\n\nTwo\n"),
        ("<bob@example.com", "bob at example dot com"),
        ("x <y and z> w", "x less than y and z greater than w"),
        ("Hi <break time='5", "Hi "),
        ("We open at nine [1](https://x.com/a).", "We open at nine ."),
        ("nine [1][2], [1, 2], [3-5], [^a] and [1, p. 5]", "nine , , , and "),
        ("nine 【4†source】 【12:3†menu.pdf】.", "nine ."),
        ("open ([cafe.com](https://cafe.com/a)) [source](https://x.com)", "open () "),
        ("[the menu](https://x.com/a) and [x](http://y.z)", "the menu and x"),
        ("[1]: https://x.com\n[^1]: A note", "\nA note"),
        ("- [ ] todo\n- [x] done", "todo\ndone"),
        ("{{name}} <|im_end|>", "name "),
    ],
)
def test_only_the_words_of_markup_are_said(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)


def test_what_only_looks_like_a_tag_is_not_held_back_for_long() -> None:
    assert said(["if x <y then all"]) == "if x less than y then all"
    filtered = Speakable()
    assert filtered.push("if x <y then all").endswith("then all")
