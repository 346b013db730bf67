"""From a provider string and its options to the provider; what is wrong with them is said in one line."""

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

from server.config.file import Config
from server.config.problems import plain_message, unknown_name
from server.errors import ConfigError, NotReady, Problem
from voice.errors import VoiceError
from voice.extras import how_to_install
from voice.registry import constructor

__all__ = ["build", "checked_options", "option_defaults", "stage_of"]

_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ANY_TYPE = ConfigDict(arbitrary_types_allowed=True, strict=True)


def stage_of(key: str) -> str:
    """The entry point group's stage for a key of `[voice]`."""
    return "turn" if key == "turn_text" else key


def build(config: Config, key: str, provider: str | None = None) -> Any:
    """The provider that `[voice]` names under `key` ("stt", "llm", ...), or `provider` instead, with its options.

    Raises:
        ConfigError: an option it does not have, or a model it does not know.
        NotReady: a package, a model file or an API key is missing.
    """
    provider = provider or getattr(config.voice, key)
    make, options = checked_options(config, key, provider)
    model = provider.partition("/")[2]
    try:
        return make(model, **options)
    except ImportError as error:
        raise _missing_package(key, provider, error) from error
    except VoiceError as error:
        raise NotReady(f"voice.{key} = {provider!r}: {error.args[0] if len(error.args) == 1 else error}") from error
    except (LookupError, ValueError, TypeError) as error:
        raise _wrong(config, (key,), f"{provider!r}: {error}") from error


def checked_options(config: Config, key: str, provider: str) -> tuple[Callable[..., Any], dict[str, Any]]:
    """What builds the provider, and its options converted to the types it wants; raises as `build`."""
    try:
        make = constructor(stage_of(key), provider.partition("/")[0])
    except ImportError as error:
        raise _missing_package(key, provider, error) from error
    section = f"{key}_options"
    given: Mapping[str, Any] = getattr(config.voice, section)
    known, hints = option_defaults(make), _hints(make)
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise _wrong(config, (section, name), unknown_name(f"option of {provider!r} called", name, list(known)))
        try:
            options[name] = _converted(value, hints.get(name, Any))
        except ValidationError as error:
            raise _wrong(config, (section, name), plain_message(error.errors()[0])) from None
    return make, options


def option_defaults(make: Callable[..., Any]) -> dict[str, Any]:
    """The options a configuration may give to a provider's constructor, with their defaults.

    The first parameter is the model. Parameters that take objects are there for code and tests.
    """
    hints = _hints(make)
    parameters = list(inspect.signature(make).parameters.values())[1:]
    return {p.name: p.default for p in parameters if p.kind in _NAMED and _is_plain(hints.get(p.name, Any))}


def _hints(make: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(make.__init__ if inspect.isclass(make) else make)


def _is_plain(hint: Any) -> bool:
    try:
        TypeAdapter(hint).json_schema()
    except PydanticInvalidForJsonSchema:
        return False
    except PydanticSchemaGenerationError:
        # A union or a sequence of plain values and objects (scripted failures, say) can be written down in part.
        return any(_is_plain(inner) for inner in getattr(hint, "__args__", ()) if inner is not type(None))
    return True


def _converted(value: Any, hint: Any) -> Any:
    try:
        adapter = TypeAdapter(hint, config=_ANY_TYPE)
    except PydanticUserError:  # a dataclass brings its own configuration
        adapter = TypeAdapter(hint)
    return adapter.validate_json(json.dumps(value, default=str))


def _wrong(config: Config, key: tuple[str, ...], message: str) -> ConfigError:
    return ConfigError([Problem(config.path, ".".join(("voice", *key)), message, config.line("voice", *key))])


def _missing_package(key: str, provider: str, error: ImportError) -> NotReady:
    remedy = f"; {how_to_install('local')}" if provider.startswith("local/") else ""
    return NotReady(f"voice.{key} = {provider!r} needs the package {error.name}, which is not here{remedy}")
