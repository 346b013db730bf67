"""From a provider string and its options to the provider; what is wrong with them is said in one line."""

import inspect
import json
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

from server.config.file import Config
from server.config.problems import dotted, plain_message, unknown_name
from server.config.voice import Choice, stage_of
from server.errors import ConfigError, NotReady
from voice.errors import VoiceError
from voice.extras import how_to_install
from voice.registry import constructor

__all__ = ["Providers", "checked_options", "option_defaults"]

_NAMED = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ANY_TYPE = ConfigDict(arbitrary_types_allowed=True, strict=True)


class Providers:
    """The providers of a configuration: each distinct model with its options is built once, and shared."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._built: dict[tuple[str, str, str], Any] = {}

    def get(self, choice: Choice) -> Any:
        """The provider of this choice, imported and built when it is first asked for.

        Raises:
            ConfigError: an option it does not have, or a model it does not know.
            NotReady: a package, a model file or an API key is missing.
        """
        options = json.dumps(choice.options, sort_keys=True, default=str)
        identity = (stage_of(choice.key), choice.provider, options)
        if identity not in self._built:
            self._built[identity] = _build(self._config, choice)
        return self._built[identity]


def _build(config: Config, choice: Choice) -> Any:
    make, options = checked_options(config, choice)
    try:
        return make(choice.provider.partition("/")[2], **options)
    except ImportError as error:
        raise _missing_package(config, choice, error) from error
    except VoiceError as error:
        why = error.args[0] if len(error.args) == 1 else error
        raise NotReady(f"{_named(config, choice)}: {why}") from error
    except (LookupError, ValueError, TypeError) as error:
        raise _wrong(config, choice, (choice.key,), f"{choice.provider!r}: {error}") from error


def checked_options(config: Config, choice: Choice) -> tuple[Callable[..., Any], dict[str, Any]]:
    """What builds the provider, and its options converted to the types it wants; raises as `Providers.get`."""
    try:
        make = constructor(stage_of(choice.key), choice.provider.partition("/")[0])
    except ImportError as error:
        raise _missing_package(config, choice, error) from error
    section = f"{choice.key}_options"
    known, hints = option_defaults(make), _hints(make)
    options: dict[str, Any] = {}
    for name, value in choice.options.items():
        if name not in known:
            message = unknown_name(f"option of {choice.provider!r} called", name, list(known))
            raise _wrong(config, choice, (section, name), message)
        try:
            options[name] = _converted(value, hints.get(name, Any))
        except ValidationError as error:
            raise _wrong(config, choice, (section, name), plain_message(error.errors()[0])) from None
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


def _wrong(config: Config, choice: Choice, key: tuple[str, ...], message: str) -> ConfigError:
    return ConfigError([config.problem(config.place(choice, *key), message)])


def _missing_package(config: Config, choice: Choice, error: ImportError) -> NotReady:
    remedy = f"; {how_to_install('local')}" if choice.provider.startswith("local/") else ""
    return NotReady(f"{_named(config, choice)} needs the package {error.name}, which is not here{remedy}")


def _named(config: Config, choice: Choice) -> str:
    return f"{dotted(config.place(choice, choice.key))} = {choice.provider!r}"
