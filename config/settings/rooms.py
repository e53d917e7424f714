"""Boards of several people: what a room holds, and how much of it there may be."""

# Places of a board at which something was said, and comments on a board altogether (how often: RATES).
BOARD_THREADS, BOARD_COMMENTS = 300, 1000
