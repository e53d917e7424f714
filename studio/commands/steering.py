"""What a teacher does while boards are drawn on: boards of a whole workshop rest, one is frozen or cleared.

Two buttons for all, because they mean two things. "Pause everything": nobody makes pictures or draws, eyes to the
front. "Freeze drawing": the boards rest as they are, to be looked at together, and what was asked for is still made.
Both are columns of the workshop, never copied to its boards: a board that is begun meanwhile rests as well.
"""

from accounts import workshops
from accounts.models import User, Workshop


def pause(teacher: User, workshop: Workshop) -> None:
    """Nothing is made or drawn in the workshop from now on."""
    workshops.freeze(workshop, True, teacher)


def go_on(teacher: User, workshop: Workshop) -> None:
    """The reverse of `pause`."""
    workshops.freeze(workshop, False, teacher)


def freeze_all(teacher: User, workshop: Workshop) -> None:
    """Nobody of the workshop draws from now on; pictures are made all the same."""
    workshops.freeze_drawing(workshop, True, teacher)


def unfreeze_all(teacher: User, workshop: Workshop) -> None:
    """The reverse of `freeze_all`."""
    workshops.freeze_drawing(workshop, False, teacher)


FOR_ALL = {"pause": pause, "go_on": go_on, "freeze": freeze_all, "unfreeze": unfreeze_all}
ACTS: dict = {}
