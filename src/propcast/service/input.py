"""What requests are made of: typed, bounded, and nothing beside what was asked for."""

from pydantic import BaseModel, ConfigDict

LONGEST_TEXT = 2_000


class Input(BaseModel):
    """The base of request bodies: unknown fields, endless texts and numbers that are none are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_max_length=LONGEST_TEXT)
