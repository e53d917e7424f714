"""A measurement must not change what is measured after it."""

from benchmarks import handover
from studio.process import quick
from studio.queue import mailbox


def test_measuring_the_hand_over_leaves_every_board_as_it_was() -> None:
    quick.state().flushdb()
    took = handover.dispatch(strokes=5)
    assert took and 0 < min(took) <= max(took) < 60
    # A slot left behind would call a person's first drawings outdated, and they would never be answered.
    assert not list(quick.state().scan_iter("live:slot:*"))
    for owner in (handover.NOBODY, 1):
        put = mailbox.put("w", owner, handover.BOARD, revision=1, header=b"{}", data=b"")
        assert put == "put"
    quick.state().flushdb()
