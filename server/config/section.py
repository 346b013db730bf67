"""What all tables of the file have in common."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

__all__ = ["Section", "Text"]

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""Text that says something."""


class Section(BaseModel):
    """A table without unknown keys, whose values have the types that TOML gives them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """`table` as `tomllib` reads it. Raises pydantic's ValidationError."""
        # As JSON, because strict mode takes a list for a tuple only there.
        return cls.model_validate_json(json.dumps(table, default=str))
