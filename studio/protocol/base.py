"""What all messages of the socket are made of: the base class and the kinds of names. No message itself."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
Seq = Annotated[int, Field(ge=0, strict=True)]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ErrorView(Message):
    """`message` is in the reader's language; programs go by `code`."""

    code: str
    message: str = ""
    params: dict[str, Any] = Field(default_factory=dict)
