"""The studio's tables."""

from studio.models.adapters import Adapter
from studio.models.album import Album, AlbumPhoto
from studio.models.archive import Archive
from studio.models.board import Board, BoardClient, BoardPicture, BoardState, BoardUpdate, BoardVersion
from studio.models.catalogue import Model
from studio.models.chosen import ChosenModel
from studio.models.comfy import ComfyPicture, ComfyPrompt
from studio.models.comments import BoardComment, BoardReaction, BoardThread, Sign
from studio.models.events import Event, EventHead
from studio.models.generation import TERMINAL, Generation, QueueLane, State
from studio.models.inputs import Input
from studio.models.live import FairUse, LiveDay
from studio.models.once import Once
from studio.models.pin import BoardPin
from studio.models.preset import Preset
from studio.models.pulse import Pulse, Worker
from studio.models.queue import PausedQueue
from studio.models.server import Server, ServerUse
from studio.models.sharing import BoardGroup, BoardInvitation, BoardKeptOut, BoardMember, BoardRole
from studio.models.spotlight import Spotlight
from studio.models.webhook import Delivery, Webhook
from studio.models.workflow import Workflow

__all__ = [
    "TERMINAL",
    "Adapter",
    "Album",
    "AlbumPhoto",
    "Archive",
    "Board",
    "BoardClient",
    "BoardComment",
    "BoardGroup",
    "BoardInvitation",
    "BoardKeptOut",
    "BoardMember",
    "BoardPicture",
    "BoardPin",
    "BoardReaction",
    "BoardRole",
    "BoardState",
    "BoardThread",
    "BoardUpdate",
    "BoardVersion",
    "ChosenModel",
    "ComfyPicture",
    "ComfyPrompt",
    "Delivery",
    "Event",
    "EventHead",
    "FairUse",
    "Generation",
    "Input",
    "LiveDay",
    "Model",
    "Once",
    "PausedQueue",
    "Preset",
    "Pulse",
    "QueueLane",
    "Server",
    "ServerUse",
    "Sign",
    "Spotlight",
    "State",
    "Webhook",
    "Worker",
    "Workflow",
]
