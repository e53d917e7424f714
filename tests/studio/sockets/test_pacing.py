"""What is on its way to a browser: few pictures at once, the newest of each, and none after a newer one."""

from studio.sockets.pacing import BOARDS_KEPT, Outbox


def out(box: Outbox) -> list[bytes]:
    return list(box.ready())


def test_no_more_than_the_limit_is_on_its_way_and_of_the_rest_the_newest_waits() -> None:
    box = Outbox(2)
    for n in range(5):
        box.put_preview("a", b"a%d" % n)
        box.put_preview("b", b"b%d" % n)
    assert out(box) == [b"a4", b"b4"]
    box.put_preview("a", b"a5")
    box.put_preview("a", b"a6")
    assert out(box) == []
    box.seen(1)
    assert out(box) == [b"a6"]


def test_frames_of_boards_that_were_not_drawn_here_are_not_sent() -> None:
    box = Outbox(2)
    box.put_frame("b", 1, b"1")
    assert out(box) == []
    box.drawn("b")
    box.put_frame("b", 1, b"1")
    assert out(box) == [b"1"]
    box.left("b")
    box.put_frame("b", 2, b"2")
    assert out(box) == []


def test_no_frame_comes_after_one_of_a_newer_revision() -> None:
    box = Outbox(9)
    box.drawn("b")
    for revision in (1, 3, 2, 3, 1, 4):
        box.put_frame("b", revision, b"%d" % revision)
        box.drawn("b")
    assert out(box) == [b"4"]
    box.put_frame("b", 3, b"3")
    assert out(box) == []


def test_more_answers_than_pictures_do_no_harm() -> None:
    box = Outbox(2)
    box.seen(50)
    box.sent()
    assert box.unseen == 1


def test_only_so_many_boards_are_remembered() -> None:
    box = Outbox(2)
    for n in range(100):
        box.drawn(f"b{n}")
    assert len(box.boards) == BOARDS_KEPT and box.boards[-1] == "b99"
