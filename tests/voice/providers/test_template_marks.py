import pytest

from voice.providers.template_marks import MARK, open_mark, token_name


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("<think>", "think"),
        ("<Thinking >", "think"),
        ("<seed:think>", "think"),
        ('<reasoning effort="low">', "think"),
        ("[THINK]", "think"),
        ("</THINK>", "unthink"),
        ("<|END_THINKING|>", "unthink"),
        ("<tool_call>", "call"),
        ("<minimax:tool_call>", "call"),
        ("<function=book>", "xml"),
        ('<invoke name="book">', "xml"),
        ("<tool_response>", "result"),
        ("<answer>", "shell"),
        ("</s>", "shell"),
        ("<|im_end|>", "token"),
        ("<｜end▁of▁sentence｜>", "token"),
        ("<end_of_turn>", "token"),
        ("[/INST]", "token"),
        ("<0x0A>", "token"),
    ],
)
def test_a_mark_is_told_by_what_it_does_and_held_back_until_it_is_whole(written, kind):
    found = MARK.fullmatch(written)
    assert found is not None
    assert found[kind] is not None
    assert [open_mark("We " + written[:end]) for end in range(1, len(written))] == [3] * (len(written) - 1)


@pytest.mark.parametrize(
    "said", ["2 < 3", "<3", "a <b>word</b>", "[menu](x)", "<name>", "x > y", "I <i>think</i> so", "1 <2 and"]
)
def test_what_people_write_is_no_mark(said):
    assert MARK.search(said) is None
    assert open_mark(said) == len(said)


def test_tokens_are_compared_by_their_letters():
    assert {token_name(token) for token in ("<|im_end|>", "<im_end|>", "<|im▁end|>", "<|IM_END|>")} == {"imend"}
