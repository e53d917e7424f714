"""How soon a drawing in the web process's hand is in the worker's, through the mailbox. A part of benchmarks.live."""

import threading
import time

from studio.queue import mailbox

# Nobody has this number: a mailbox remembers a board's newest revision, and no measurement may speak for a person.
NOBODY = 0
WORKER, BOARD = "bench", "handover"
PAUSE = 0.02


def dispatch(strokes: int = 300) -> list[float]:
    """Seconds from `put` to `take` of each stroke that was not overtaken by a newer one; leaves nothing behind."""
    sent: dict[bytes, float] = {}
    took: list[float] = []
    over = threading.Event()

    def worker() -> None:
        while not over.is_set():
            bell = mailbox.wait(WORKER, mailbox.BEAT)
            drawing = bell and mailbox.take(bell.owner_id, bell.board)
            if drawing:
                took.append(time.perf_counter() - sent[drawing.header])

    listening = threading.Thread(target=worker, daemon=True)
    listening.start()
    for revision in range(1, strokes + 1):
        header = b"%d" % revision
        sent[header] = time.perf_counter()
        mailbox.put(WORKER, NOBODY, BOARD, revision=revision, header=header, data=bytes(6000))
        time.sleep(PAUSE)
    over.set()
    mailbox.leave(WORKER, NOBODY, BOARD)  # its bell also ends the worker's wait
    listening.join()
    return took
