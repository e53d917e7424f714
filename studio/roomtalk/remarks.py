"""What pages say about places of the board: comments, signs on them, cheers. What becomes of it decides
studio/commands/comments.py, which also tells every page; the one that asked hears `done`, or `rejected`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.commands import comments
from studio.protocol.comments import Cheer, Comment, CommentDelete, CommentEdit, CommentResolve, Done, React

if TYPE_CHECKING:
    from studio.roomtalk.consumer import RoomConsumer


async def comment(page: "RoomConsumer", message: Comment, blob: bytes | None) -> None:
    wish = comments.Wish(message.comment, message.thread, message.text, message.x, message.y)
    await _carry_out(page, message.id, comments.add, wish)


async def edit(page: "RoomConsumer", message: CommentEdit, blob: bytes | None) -> None:
    await _carry_out(page, message.id, comments.edit, message.comment, message.text)


async def delete(page: "RoomConsumer", message: CommentDelete, blob: bytes | None) -> None:
    await _carry_out(page, message.id, comments.delete, message.comment)


async def resolve(page: "RoomConsumer", message: CommentResolve, blob: bytes | None) -> None:
    await _carry_out(page, message.id, comments.resolve, message.thread, on=message.on)


async def react(page: "RoomConsumer", message: React, blob: bytes | None) -> None:
    await _carry_out(page, message.id, comments.react, message.comment, message.sign, on=message.on)


async def cheer(page: "RoomConsumer", message: Cheer, blob: bytes | None) -> None:
    await _carry_out(page, None, comments.cheer, message.sign, message.x, message.y)


async def _carry_out(page: "RoomConsumer", wish: str | None, act: Callable[..., Any], *told: Any, **how: Any) -> None:
    await page.command(act, page.board_id, *told, **how)
    if wish is not None and not page.leaving:
        await page.send_message(Done(id=wish))
