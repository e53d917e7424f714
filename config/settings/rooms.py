"""Boards of several people: what a room holds, and how much of it there may be. Times are seconds."""

BOARDS_PER_PERSON = 200
BOARD_MAX_BYTES = 6 * 1024 * 1024
BOARD_MAX_PICTURES = 60
# All that the boards of one person hold: documents, earlier versions, pictures.
BOARDS_BYTES = 1024 * 1024 * 1024
BOARD_THUMBNAIL = 320
BOARD_THUMBNAIL_BYTES = 512 * 1024
# A board's earlier states: the newest so many, taken at most this often while it is drawn upon.
BOARD_VERSIONS = 20
BOARD_VERSION_EVERY = 300.0
# Places of a board at which something was said, and comments on a board altogether (how often: RATES).
BOARD_THREADS, BOARD_COMMENTS = 300, 1000

# People that a board is shared with by name and by link, and links that lead to it at the same time.
BOARD_PEOPLE = 200
BOARD_LINKS = 20
# The live picture for all: how many shared boards of one owner are drawn live at once, and for how long it stays
# switched on while nobody draws.
LIVE_ROOMS_PER_OWNER = 6
LIVE_ROOM_ON_FOR = 2 * 3600
# Open pages of one room, over all processes; messages and bytes that one of them may send.
ROOM_PEOPLE = 60
ROOM_MESSAGES_PER_SECOND, ROOM_MESSAGES_BURST = 60.0, 120
ROOM_BYTES_PER_SECOND, ROOM_BYTES_BURST = 256.0 * 1024, 8 * 1024 * 1024
