"""What steps of people who draw live leave of the time they may take: it goes to those who cannot step with them.

Rows of another model or size never fit into a live step, however short it is. Without this they would have one step in
five while somebody draws (order.PASSED_OVER), and a single board would keep everybody's pictures waiting.
"""


class Leftover:
    """For one thread. `budget` is how long a step may take while somebody draws live, in seconds."""

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._saved = 0.0
        self._theirs = False

    def made(self, seconds: float, *, live: bool) -> None:
        """A step was made while live pictures had steps to do, of them (`live`) or of others instead.

        Live steps earn the others as long as they took themselves, half of the device, if the budget leaves so much.
        """
        earned = max(0.0, min(seconds, self._budget - seconds)) if live else -seconds
        self._saved = min(self._budget, self._saved + earned)
        self._theirs = not live

    def pays(self, seconds: float) -> bool:
        """Whether a step of others may go first that should take so long; never two without a live one between."""
        return not self._theirs and self._saved >= seconds

    def forget(self) -> None:
        """Nobody draws: the next who does owes nothing."""
        self._saved, self._theirs = 0.0, False
