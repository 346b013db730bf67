"""What of a model's text is said, in whatever pieces it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.providers.content import Content, Thought, Words
from voice.providers.tool_names import ToolNames
from voice.providers.written_calls import CallReader, WrittenCall

READER = CallReader(ToolNames(["book", "now"]))
ONE = WrittenCall("book", {"n": 1})


def read(*deltas, thinking=False):
    """The words and the calls in a text that comes in `deltas`."""
    content = Content(READER, thinking=thinking)
    pieces = [piece for delta in deltas for piece in content.push(delta)] + content.flush()
    words = "".join(piece.text for piece in pieces if isinstance(piece, Words))
    return words, [piece for piece in pieces if isinstance(piece, WrittenCall)]


def said(text, **options):
    words, calls = read(text, **options)
    assert calls == []
    return words.strip()


REASONING = [
    "<think>Hm.</think>\n\nWe open.",
    "<THINK>Hm.</Think>We open.",
    "<thinking>Hm.</thinking>We open.",
    "<reasoning>Hm.</reasoning>We open.",
    "<thought>Hm.</thought>We open.",
    "<seed:think>Hm.</seed:think>We open.",
    '<think type="x">Hm.</think >We open.',
    "<think>a<think>b</think>c</think>We open.",
    "<think>I could <think>.</think>We open.",
    "<think></think><think>Hm.</think>We open.",
    "We <think>Hm.</think>open.",
    "[REASONING]Hm.[/REASONING]We open.",
    "analysisWe could say Hm.assistantfinalWe open.",
    "<inner_thoughts>Hm.</inner_thoughts>We open.",
    "[THINK]Hm.[/THINK]We open.",
    "◁think▷Hm.◁/think▷We open.",
    "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>We open.<|END_RESPONSE|>",
    "<|begin_of_thought|>Hm.<|end_of_thought|>We open.",
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>We open.<|return|>",
    "<|channel>thought\nHm.<channel|>We open.",
    "<tool_response>Hm.</tool_response>We open.",
    "[TOOL_RESULTS]Hm.[/TOOL_RESULTS]We open.",
]
TOKENS = [
    "We open.<|im_end|>",
    "We open.<|eot_id|>",
    "We open.</s>",
    "We open.<end_of_turn>",
    "We open.<|end|>",
    "We open.<｜end▁of▁sentence｜>",
    "We open.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\nHm.",
    "We open.<end_of_turn>\n<start_of_turn>user\nHm.",
    "We open.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHm.",
    "We open.<|endoftext|>Human: Hm.",
    "We open.<|im_end|>\nuser\nHm.",
    "We open. [INST] Hm. [/INST] Hm.",
    "We open.<|user|>Hm.",
    "We open.<turn|>\n<|turn>user\nHm.",
    "<s>We open.</s>",
    "<s>[INST] Hm. [/INST] We open.</s>",
    "<<SYS>>Hm.<</SYS>>We open.",
    "<|im_start|>assistant\nWe open.<|im_end|>",
    "<|start_header_id|>assistant<|end_header_id|>\n\nWe open.",
    "<start_of_turn>model\nWe open.",
    "<|start_of_role|>assistant<|end_of_role|>We open.<|end_of_text|>",
    "<|user|>Hm.<|assistant|>We open.",
    "We <|reserved_special_token_5|>open<0x0A>.",
    "<answer>We open.</answer>",
    "We▁open.",
    "assistant\n\nWe open.",
    "Assistant: We open.",
    "We open<|eot_id|>.",
]
CALLS = [
    '<tool_call>\n{"name": "book", "arguments": {"n": 1}}\n</tool_call>',
    '<tool_call>{"name": "book", "arguments": {"n": 1}}',
    '<TOOL_CALL>{"name": "book", "arguments": {"n": 1}}<|im_end|>',
    '<function_call>{"name": "book", "arguments": {"n": 1}}</function_call>',
    '<tool_call name="book">{"n": 1}</tool_call>',
    '<tool_call id="7">{"name": "book", "arguments": {"n": 1}}</tool_call>',
    '<tool_use><name>book</name><arguments>{"n": 1}</arguments></tool_use>',
    '<longcat_tool_call>{"name": "book", "arguments": {"n": 1}}</longcat_tool_call>',
    "<execute_tool>book(n=1)</execute_tool>",
    '<tools>{"name": "book", "arguments": {"n": 1}}</tools>',
    '<function=book>{"n": 1}</function>',
    "<tool_call>\n<function=book>\n<parameter=n>\n1\n</parameter>\n</function>\n</tool_call>",
    "<function=book>\n<parameter=n>\n1\n</parameter>\n</function>",
    "<tool_call>book\n<arg_key>n</arg_key>\n<arg_value>1</arg_value>\n</tool_call>",
    '<minimax:tool_call><invoke name="book"><parameter name="n">1</parameter></invoke></minimax:tool_call>',
    '<function_calls><invoke name="book"><parameter name="n">1</parameter></invoke></function_calls>',
    '[TOOL_CALLS] [{"name": "book", "arguments": {"n": 1}}]',
    '[TOOL_CALLS]book[ARGS]{"n": 1}</s>',
    '<|python_tag|>{"name": "book", "parameters": {"n": 1}}<|eom_id|>',
    "<|python_tag|>book.call(n=1)",
    '<|tool_call|>[{"name": "book", "arguments": {"n": 1}}]',
    "<|tool_call_start|>[book(n=1)]<|tool_call_end|>",
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.book:0<|tool_call_argument_begin|>{"n": 1}'
    "<|tool_call_end|><|tool_calls_section_end|>",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>book\n```json\n"
    '{"n": 1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>',
    '<|START_ACTION|>[{"tool_name": "book", "parameters": {"n": 1}}]<|END_ACTION|>',
    '<|channel|>commentary to=functions.book <|constrain|>json<|message|>{"n": 1}<|call|>',
    '<|start|>assistant to=functions.book<|channel|>commentary json<|message|>{"n": 1}<|call|>',
    "<|tool_call>call:book{n:1}<tool_call|>",
    '```json\n{"name": "book", "arguments": {"n": 1}}\n```',
    '```\n{"name": "book", "arguments": {"n": 1}}',
    "```tool_code\nprint(book(n=1))\n```",
    '{"name": "book", "parameters": {"n": 1}}',
    '[{"name": "book", "arguments": {"n": 1}}]',
    '{"name": "book", "arguments": {"n": 1}',
    "[book(n=1)]",
    "book(n=1)",
    '<think>Hm.</think>{"name": "book", "arguments": {"n": 1}}',
    '<think>I will book: <tool_call>{"name": "book", "arguments": {"n": 1}}</tool_call>',
]
PLAIN = [
    "We open at nine.",
    "a < b, 2 <3 and x > y <",
    "Now we open [see the menu](https://example.org) [1] for {you} [book].",
    "Here:\n```python\nx = 1\n```\nThat is it.",
    '{"price": 3, "currency": "EUR"}',
    "Call now() for the time.",
    "now() is the time.",
    "was 10, [now",
    "It costs <b>10</b> {",
]


@pytest.mark.parametrize("text", [*REASONING, *TOKENS])
def test_neither_reasoning_nor_tokens_nor_what_others_are_made_to_say_is_said(text):
    assert said(text) in ("We open.", "We open\n.", "We open.\n")


@pytest.mark.parametrize("text", CALLS)
def test_a_call_written_as_text_is_a_call_and_is_not_said(text):
    assert read(text) == ("", [ONE])


@pytest.mark.parametrize("text", PLAIN)
def test_everything_else_is_said_as_it_is(text):
    assert said(text) == text


@given(st.sampled_from([*REASONING, *TOKENS, *CALLS, *PLAIN]), st.data())
def test_the_same_is_said_and_called_wherever_the_text_is_cut(text, data):
    ends = sorted([*data.draw(st.lists(st.integers(0, len(text)), max_size=8)), len(text)])
    pieces = [text[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    assert read(*pieces) == read(text)
    assert read(*text) == read(text)


@given(st.text("<>|/[]{}() thinas_cl\n\"'`.,:=1sINST\ud83d\ude00", max_size=60))
def test_no_text_raises_and_cutting_it_changes_nothing(text):
    assert read(*text) == read(text)


@given(st.text("abc ,.!?\n0123456789<>", max_size=80).filter(lambda text: "<" not in text or "<a" not in text))
def test_words_are_not_changed(text):
    assert read(text)[0] == text.lstrip()


def test_words_pass_at_once():
    content = Content(READER)
    assert [content.push(delta) for delta in ("We ", "open ", "at [nine] ", "o'clock.")] == [
        [Words("We ")],
        [Words("open ")],
        [Words("at [nine] ")],
        [Words("o'clock.")],
    ]


def test_words_around_a_call_are_said():
    assert read('Sure. {"name": "book", "arguments": {"n": 1}} Done.') == ("Sure.  Done.", [ONE])
    assert read("<|tool_call_start|>[book(n=1)]<|tool_call_end|>Booking.") == ("Booking.", [ONE])


def test_reasoning_that_never_ends_is_never_said():
    assert said("<think>We could open at nine") == ""
    assert said("<think>a</think>We open.<think>Hm") == "We open."


def test_a_tag_that_reasoning_only_mentions_does_not_swallow_the_answer():
    assert said("<think>Is <think> a tag?</think>We open.") == "We open."


def test_a_reasoning_without_a_beginning_is_known_by_its_end():
    content = Content(READER)
    pieces = [*content.push("The caller wants hours.</think>We open."), *content.flush()]
    assert [piece for piece in pieces if isinstance(piece, Words)] == [Words("We open.")]
    assert content.closed_unopened


def test_an_answer_that_is_known_to_begin_in_a_reasoning_waits_for_its_end():
    assert read("Hm, ", "hours.", "</think>", "We open.", thinking=True) == ("We open.", [])
    assert read("<think>", "Hm", "</think>", "We open.", thinking=True) == ("We open.", [])
    assert read("We ", "open.", thinking=True) == ("We open.", [])


def test_a_model_that_marks_its_reasoning_is_not_taken_for_one_that_does_not():
    content = Content(READER)
    content.push("<think>Hm</think>We open.</think>")
    assert not content.closed_unopened


def test_what_is_not_for_the_caller_is_a_sign_of_life():
    content = Content(READER)
    assert content.push("<think>") == [Thought()]
    assert content.push("Hm") == [Thought()]
    assert content.push("</think>") == [Thought()]
    assert content.push("<tool_call>") == [Thought(call=True)]
    assert content.push('{"name"') == [Thought()]
    held = Content(READER)
    assert held.push('{"name": "book",') == [Thought()]
    assert held.push('"arguments": {') == [Thought()]
    assert held.push("\n\n") == []


def test_a_call_that_cannot_be_read_is_an_error_and_not_said():
    words, [call] = read('{"name": "book", "arguments": {"n": ')
    assert (words, call.name) == ("", "book")
    assert call.error


def test_two_halves_of_a_character_are_one():
    assert read("\ud83d", "\ude00!") == ("😀!", [])
    assert read("\ud83d") == ("\ufffd", [])


def test_neither_a_reasoning_nor_a_call_may_go_on_for_ever():
    for begin in ("<think>", "<tool_call>"):
        with pytest.raises(ValueError, match="does not stop"):
            read(begin, *["x" * 50_000] * 5)


def test_text_that_is_struck_out_ends_no_message():
    assert said("It was <s>ten</s>\nuser\nfees: nine.") == "It was ten\nuser\nfees: nine."


def test_a_model_that_does_not_stop_after_its_answer_is_noticed():
    content = Content(READER)
    noticed = []
    for delta in ("We open.<|endoftext|>", "Human: Hm. " * 30):
        content.push(delta)
        noticed.append(content.run_on)
    assert noticed == [False, True]
    assert content.flush() == []
