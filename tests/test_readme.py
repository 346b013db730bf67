"""What the README promises is there: its configurations load, its commands parse, its files exist."""

import importlib
import importlib.util
import itertools
import json
import re
import shlex
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.__main__ import parser
from server.config.file import load
from server.config.voice import VoiceSection
from toolhub.config.servers import read_servers
from toolhub.transports.target import load as load_server

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
AGENT = '[agent]\ninstructions = "Be brief."\n'
PROGRAMS = ("make", "frontdesk", "python")
LEFT_BY_A_CALL = ("recording.wav", "events.jsonl", "transcript.json")
YOURS = ("frontdesk.toml", "mcp.json")
"""Files of the user's own that the README speaks of."""


@dataclass(frozen=True)
class Snippet:
    """A fenced block of the README; `line` is where it begins."""

    language: str
    text: str
    line: int

    def __str__(self):
        return f"{self.language or 'plain'} in line {self.line}"


def snippets(*languages):
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    blocks = [Snippet(m[1], m[2], README[: m.start()].count("\n") + 1) for m in found]
    return [block for block in blocks if block.language in languages]


PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
INLINE = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", PROSE)]
TOML, JSON = snippets("toml"), snippets("json")
CONFIGURATIONS = [s for s in TOML if not {"project", "build-system"} & tomllib.loads(s.text).keys()]


def written_commands():
    """Every command in a console block or between backticks, as words; `a|b` is each of them."""
    lines = [line for s in snippets("console", "sh", "bash", "shell") for line in s.text.splitlines()]
    lines += [code for code in INLINE if " " in code and Path(code.split()[0]).name in PROGRAMS]
    for line in lines:
        words = shlex.split(line.removeprefix("$ ").replace(r"\|", "|"), comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            del words[0]
        if words:
            words[0] = Path(words[0]).name
            yield from (list(choice) for choice in itertools.product(*(word.split("|") for word in words)))


COMMANDS = list(written_commands())


def of(program):
    return [pytest.param(words[1:], id=" ".join(words)) for words in COMMANDS if words[0] == program]


def test_the_readme_shows_configurations_json_and_commands():
    """The tests below would hold for an empty README."""
    assert any("agent" in tomllib.loads(snippet.text) for snippet in CONFIGURATIONS)
    assert JSON
    assert set(PROGRAMS) <= {words[0] for words in COMMANDS}


def test_nothing_is_left_to_be_filled_in():
    assert re.findall(r"^[A-Z][A-Z_]+$|\b(?:TODO|TBD|FIXME)\b", README, re.MULTILINE) == []


# Configuration


@pytest.mark.parametrize("snippet", CONFIGURATIONS, ids=str)
def test_a_configuration_loads_beside_the_json_it_speaks_of(tmp_path, snippet, monkeypatch):
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    text = snippet.text if re.search(r"^\[agents?\b", snippet.text, re.MULTILINE) else AGENT + snippet.text
    (tmp_path / "mcp.json").write_text(JSON[0].text, encoding="utf-8")
    (tmp_path / "frontdesk.toml").write_text(text, encoding="utf-8")
    config = load(tmp_path / "frontdesk.toml")
    pasted = json.loads(JSON[0].text)["mcpServers"] if "mcp" in tomllib.loads(text) else {}
    assert config.servers.keys() == tomllib.loads(text).get("mcpServers", {}).keys() | pasted.keys()


def test_the_numbers_of_the_shown_configuration_are_the_defaults(tmp_path):
    [shown] = [s for s in CONFIGURATIONS if "agent" in tomllib.loads(s.text)]
    (tmp_path / "mcp.json").write_text('{"mcpServers": {}}')
    (tmp_path / "frontdesk.toml").write_text(shown.text, encoding="utf-8")
    assert load(tmp_path / "frontdesk.toml").voice == VoiceSection()


@pytest.mark.parametrize("snippet", JSON, ids=str)
def test_the_json_is_a_file_of_servers(tmp_path, snippet):
    (tmp_path / "mcp.json").write_text(snippet.text, encoding="utf-8")
    servers = read_servers(tmp_path / "mcp.json", environ={})
    assert servers.keys() == json.loads(snippet.text)["mcpServers"].keys()
    assert not any(entry.model_extra for entry in servers.values()), "a key that no host knows, or one that is misspelt"


@pytest.mark.parametrize("snippet", [s for s in TOML if s not in CONFIGURATIONS], ids=str)
def test_a_provider_is_declared_in_a_group_that_is_looked_in(snippet):
    groups = tomllib.loads(snippet.text)["project"]["entry-points"]
    assert groups.keys() <= PYPROJECT["project"]["entry-points"].keys()
    assert all(re.fullmatch(r"[\w.]+:\w+", target) for group in groups.values() for target in group.values())


@pytest.mark.parametrize("module", re.findall(r'"module": "([\w.]+:\w+)"', README))
def test_a_server_for_our_process_can_be_made(tmp_path, monkeypatch, module):
    monkeypatch.chdir(tmp_path)
    assert load_server(module, {}).name


# Commands


def exit_code(words):
    try:
        parser().parse_args(words)
    except SystemExit as end:  # --version, --help, or wrong
        return end.code
    return 0


@pytest.mark.parametrize("words", of("frontdesk"))
def test_a_frontdesk_command_is_one(words):
    assert exit_code(words) == 0
    assert all((ROOT / word).exists() for word in words if word.startswith("examples/"))


@pytest.mark.parametrize("words", of("make"))
def test_a_make_target_is_in_the_makefile(words):
    done = subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing to be done" not in done.stdout  # a file or folder of that name


@pytest.mark.parametrize("words", of("python"))
def test_a_module_that_is_run_exists_and_knows_its_options(words):
    option, module, *arguments = words
    assert option == "-m"
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert all(argument in source for argument in arguments if argument.startswith("--"))


def test_extras_that_are_installed_are_declared():
    named = {word for words in COMMANDS if "pip" in words for word in words if word.startswith(".[")}
    extras = {extra for names in named for extra in names.strip(".[]").split(",")}
    assert extras
    assert extras <= PYPROJECT["project"]["optional-dependencies"].keys()


def test_the_command_is_the_one_of_the_environment():
    """Nothing puts it into the reader's path."""
    code = [line for snippet in snippets("console", "sh", "bash", "shell") for line in snippet.text.splitlines()]
    assert [text for text in (*code, *INLINE) if re.search(r"(?<![\w/.])frontdesk [a-z-]", text)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "bench").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_benchmark_stands_there_with_its_command(path):
    assert ["python", "-m", f"tests.bench.{path.stem}"] in [words[:3] for words in COMMANDS]


# Files


def named_files():
    providers = {name for group in PYPROJECT["project"]["entry-points"].values() for name in group}
    for code in INLINE:
        if not re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", code):
            continue
        first, slash, _ = code.partition("/")
        if (slash and first not in {*providers, "out"}) or re.fullmatch(
            r"[\w-]+\.(py|md|toml|json|jsonl|wav|sqlite)", code
        ):
            yield code


@pytest.mark.parametrize("name", sorted(set(named_files())))
def test_a_file_that_is_named_exists(name):
    assert name in (*LEFT_BY_A_CALL, *YOURS) or (ROOT / name).exists()


def test_every_link_leads_somewhere():
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", PROSE)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_what_a_call_leaves_is_described():
    assert set(LEFT_BY_A_CALL) <= set(INLINE)
