"""What all messages of the socket are made of: the base class and the kinds of names. No message itself."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Seq = Annotated[int, Field(ge=0, strict=True)]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parent(Message):
    """A work that something is made from: taken as an input, or begun at with its settings."""

    work: UUID
    kind: Literal["input", "remix"]


class ErrorView(Message):
    """`message` is in the reader's language; programs go by `code`."""

    code: str
    message: str = ""
    params: dict[str, Any] = Field(default_factory=dict)
