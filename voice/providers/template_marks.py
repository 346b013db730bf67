"""What chat templates and models write besides words: the marks of reasoning, of calls, of messages and their roles.

Collected from the templates of the open model families: ChatML, Llama, Mistral, Gemma, DeepSeek, Kimi, GLM, Granite,
Phi, Command, MiniMax, gpt-oss (Harmony). A token is compared by its name: letters and digits, lower case.
"""

import re

__all__ = [
    "CALLING",
    "CHANNEL_OVER",
    "ENDS",
    "FINAL_ENDS",
    "HEADERS",
    "LONGEST_MARK",
    "MARK",
    "MESSAGE_OVER",
    "MINE",
    "OTHERS",
    "open_mark",
    "token_name",
]

LONGEST_MARK = 80
"""Characters."""

_BAR = "[|｜]"
_NAMESPACE = r"(?:\w+:)?"
_ATTRIBUTES = r"(?:\s[^<>]{0,60})?"
_THINK = (
    rf"{_NAMESPACE}(?:think(?:ing)?|think(?:ing)?_process|(?:inner_?)?thoughts?|thought_process|reasoning|reason|rationale"
    r"|(?:self_)?reflection|analysis|scratchpad|deliberation|planning|internal(?:_\w+)?"
    r"|(?:inner_?)?monologue|ant_?thinking|cot|chain_of_thought)"
)
_CALL = r"(?:\w+[:_])?(?:tool[_-]?calls?|execute_tool|function[_-]?calls?|tool_use|tool_code|function_calling)"
_RESULT = (
    rf"{_NAMESPACE}(?:tool_?(?:response|result|output)s?|function_?(?:response|result|output)s?|observation"
    r"|system-reminder)"
)
_SHELL = rf"(?:final_?)?(?:answer|response|output)|tools?|function|final|speak|say|assistant|invoke|s|{_CALL}|{_RESULT}"
_ANGLED = (
    "bos|eos|pad|unk|mask|sop|eop|eod|start_of_turn|end_of_turn|end_of_utterance|end_of_text|start_of_image"
    r"|end_of_image|unused\d+|extra_id_\d+|reserved_\d+|fim_\w+|file_sep|0x[0-9a-f]{2}"
)
_SQUARE = "INST|TOOL_CALLS?|ARGS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT|BOS|EOS|PAD|UNK|CLS|SEP|MASK|gMASK|sMASK"

MARK = re.compile(
    rf"(?P<think><\s?{_THINK}{_ATTRIBUTES}>|\[(?:THINK(?:ING)?|REASONING)\]|◁think▷"
    rf"|<{_BAR}(?:begin_of_thought|START_THINKING|think(?:ing)?){_BAR}>)"
    rf"|(?P<unthink><\s?/\s?{_THINK}\s?>|\[/(?:THINK(?:ING)?|REASONING)\]|◁/think▷|<{_BAR}(?:end_of_thought|END_THINKING|/think(?:ing)?){_BAR}>)"
    r"|(?P<xml><(?:function|invoke|tool)(?:\s*=|\s+name\s*=)[^<>]{1,60}>)"
    rf"|(?P<call><\s?(?P<called>{_CALL}){_ATTRIBUTES}>)"
    rf"|(?P<result><\s?(?P<told>{_RESULT}){_ATTRIBUTES}>|\[(?P<listed>TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\]"
    r"|<<SYS>>)"
    rf"|(?P<shell></?\s?(?:{_SHELL})\s?>)"
    rf"|(?P<token><{_BAR}[^<>\n]{{1,60}}>|<[\w/]{{1,40}}\|>|</?(?:{_ANGLED})>|\[/?(?:{_SQUARE})\]|<</SYS>>)",
    re.IGNORECASE,
)
"""A whole mark: of reasoning and its end, a call, what a tool is said to have answered, a tag around words, a token."""
_OPEN = re.compile(
    rf"<(?:\s?/?\s?|\s?/?\s?[A-Za-z][\w:=\"' ./-]*|{_BAR}[^<>\n]*|[\w/]+\||0x?[0-9a-fA-F]*|</?[A-Z]*>?)\Z"
    r"|\[/?[A-Za-z_]*\Z|◁[/a-z]*\Z"
)

CALLING = {
    "toolcalls": "",
    "pythontag": "",
    "toolcall": "/?tool_?calls?",
    "toolcallstart": "tool_call_end",
    "toolcallsstart": "tool_calls_end",
    "toolcallssectionbegin": "tool_calls_section_end",
    "toolcallsbegin": "tool.calls.end",
    "toolcallbegin": "tool.call.end",
    "startaction": "end_action",
    "actionstart": "action_end",
}
"""Tokens that begin calls, and the pattern of the token that ends them; "" for the end of the message."""
ENDS = {"imend", "eotid", "eot", "eomid", "eom", "end", "endofturn", "endofturntoken", "endofutterance", "eop"}
"""End a message; servers that leave them in the text may also send them where none ends."""
FINAL_ENDS = {"endoftext", "endofsentence", "endresponse", "return", "eos", "eod"}
"""End the answer."""
HEADERS = {"imstart", "startheaderid", "headerstart", "startofturn", "startofrole", "start"} | {
    "imassistant",
    "imuser",
    "imsystem",
}
"""Begin a message; the role follows as text."""
MINE = {"assistant", "model", "chatbottoken", "bot", "gpt", "chatbot"}
"""Roles of the agent, as tokens or as text."""
OTHERS = {"user", "usertoken", "system", "systemtoken", "developer", "human", "tool", "observation", "ipython"} | {
    "environment",
    "toolresponse",
    "tooloutputsbegin",
    "tooloutputbegin",
}
"""Roles of others."""

MESSAGE_OVER = (
    rf"<{_BAR}(?:im_end|eot_id|eom_id|eot|end|call|return|endoftext|end_of_text|end.of.sentence){_BAR}>|</s>"
    r"|<end_of_turn>"
)
"""Ends whatever is open in a message."""
CHANNEL_OVER = rf"<{_BAR}(?:end|start|channel|call|return){_BAR}>|<channel\|>"
"""Ends a message to a channel."""


def token_name(token: str) -> str:
    """What tokens are compared by."""
    return re.sub(r"[\W_]+", "", token).lower()


def open_mark(text: str) -> int:
    """Where the end of `text` begins that may become a mark; its length if there is none."""
    found = _OPEN.search(text)
    return found.start() if found and len(text) - found.start() <= LONGEST_MARK else len(text)
