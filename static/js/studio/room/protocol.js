// Generated from studio/protocol/rooms.py by `manage.py protocol_js`. Do not edit.
// Every message of a room's socket: names, fields, limits and close codes.

export const SUBPROTOCOL = "brushwire.board.v1";

export const VERSION = 1;

export const MAX_UPDATE = 524288;

export const MAX_INK = 8192;

export const CLOSE = {
  "protocol_error": 4400,
  "signed_out": 4401,
  "forbidden": 4403,
  "too_slow": 4408,
  "too_many_sockets": 4409,
  "flood": 4429,
  "fault": 1011,
  "restart": 1012,
  "removed": 4404,
  "deleted": 4410,
  "room_full": 4413,
  "closed": 4423
};

export const COMMANDS = {
  "hello": [
    "version",
    "client"
  ],
  "update": [
    "n"
  ],
  "ink": [
    "stroke",
    "layer",
    "kind",
    "tool",
    "color",
    "size",
    "opacity",
    "end"
  ],
  "presence": [
    "cursor",
    "box",
    "view",
    "tool",
    "color",
    "layer"
  ],
  "thumbnail": [],
  "steer": [
    "act"
  ],
  "seen": [
    "frames"
  ],
  "comment": [
    "id",
    "comment",
    "thread",
    "text",
    "x",
    "y"
  ],
  "comment_edit": [
    "id",
    "comment",
    "text"
  ],
  "comment_delete": [
    "id",
    "comment"
  ],
  "comment_resolve": [
    "id",
    "thread",
    "on"
  ],
  "react": [
    "id",
    "comment",
    "sign",
    "on"
  ],
  "cheer": [
    "sign",
    "x",
    "y"
  ],
  "live": [
    "on"
  ],
  "draw": [
    "revision",
    "kind",
    "tool",
    "model",
    "params",
    "attached",
    "seq"
  ],
  "pin": [
    "id",
    "tool",
    "model",
    "params",
    "attached",
    "parents"
  ]
};

export const EVENTS = {
  "welcome": [
    "you",
    "people",
    "board",
    "rights"
  ],
  "vector": [],
  "ack": [
    "n",
    "seq"
  ],
  "update": [
    "seq",
    "by"
  ],
  "ink": [
    "stroke",
    "layer",
    "kind",
    "tool",
    "color",
    "size",
    "opacity",
    "end",
    "by"
  ],
  "joined": [
    "person"
  ],
  "left": [
    "page"
  ],
  "presence": [
    "cursor",
    "box",
    "view",
    "tool",
    "color",
    "layer",
    "page"
  ],
  "rights": [
    "rights",
    "board"
  ],
  "board": [
    "board"
  ],
  "restored": [
    "by",
    "revision"
  ],
  "rejected": [
    "about",
    "n",
    "revision",
    "id",
    "code",
    "message",
    "fields",
    "params"
  ],
  "live": [
    "on",
    "name"
  ],
  "taken": [
    "revision",
    "number"
  ],
  "frame": [
    "number",
    "kind",
    "step",
    "total",
    "done",
    "seed",
    "ms",
    "media_type",
    "asked"
  ],
  "draw_failed": [
    "revision",
    "error"
  ],
  "pinned": [
    "command",
    "pin"
  ],
  "heartbeat": [
    "seq"
  ],
  "done": [
    "id"
  ],
  "comment": [
    "place",
    "comment"
  ],
  "comment_gone": [
    "thread",
    "comment"
  ],
  "thread": [
    "place"
  ],
  "reaction": [
    "thread",
    "comment",
    "reactions"
  ],
  "cheer": [
    "by",
    "sign",
    "x",
    "y"
  ],
  "bye": [
    "code",
    "message"
  ]
};

/**
 * An open page of somebody in the room. The server says who it is: no page can name itself.
 * @typedef {object} Person
 * @property {string} page
 * @property {number} user
 * @property {string} name
 * @property {string} colour
 * @property {string} role
 * @property {boolean} teacher
 */

/**
 * What is told of the board itself. `payer` says who is charged for what is made here: its owner, or who asks.
 * @typedef {object} RoomBoard
 * @property {string} id
 * @property {string} title
 * @property {number} owner
 * @property {string} owner_name
 * @property {"owner"|"each"} payer
 * @property {boolean} frozen
 * @property {boolean} shared
 * @property {boolean} followed
 * @property {boolean} there
 */

/**
 * What a page may do here now.
 * @typedef {object} RoomRights
 * @property {string} role
 * @property {boolean} watch
 * @property {boolean} comment
 * @property {boolean} draw
 * @property {boolean} pin
 * @property {boolean} share
 * @property {boolean} steer
 * @property {boolean} own
 * @property {boolean} teacher
 * @property {boolean} frozen
 */

/**
 * Somebody who drew or spoke on a board; `colour` is "#rrggbb", the one of their cursor.
 * @typedef {object} Author
 * @property {number} user
 * @property {string} name
 * @property {string} colour
 */

/**
 * Where people talk: board units. `resolved_by` is a name; empty where that person is gone.
 * @typedef {object} PlaceView
 * @property {string} id
 * @property {number} x
 * @property {number} y
 * @property {string} at
 * @property {boolean} resolved
 * @property {string} resolved_by
 */

/**
 * `text` is empty where a moderator has hidden it from the reader; `at` is when it was said (ISO 8601).
 * @typedef {object} CommentView
 * @property {string} id
 * @property {string} thread
 * @property {Author} author
 * @property {string} text
 * @property {string} at
 * @property {boolean} edited
 * @property {boolean} hidden
 * @property {object} reactions
 */

/**
 * Opens the conversation. `client` is the id under which this page writes; the bytes of a binary frame are the
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {number} version
 * @property {number} client
 */

/**
 * A change of the document; the bytes are a Yjs update (v1) of at most MAX_UPDATE. Answered by `ack` with the same
 * @typedef {object} Update
 * @property {"update"} type
 * @property {number} n
 */

/**
 * A stroke in the making: the bytes are the points since the last message of this `stroke`, packed as in a mark,
 * @typedef {object} Ink
 * @property {"ink"} type
 * @property {string} stroke
 * @property {string} layer
 * @property {string} kind
 * @property {string} tool
 * @property {string} color
 * @property {number} size
 * @property {number} opacity
 * @property {"done"|"abandoned"|null} end
 */

/**
 * Where this page is. What is not named has not changed; null means nowhere. Forgotten when the socket ends.
 * @typedef {object} Presence
 * @property {"presence"} type
 * @property {number[]|null} cursor
 * @property {number[]|null} box
 * @property {number[]|null} view
 * @property {string|null} tool
 * @property {string|null} color
 * @property {string|null} layer
 */

/**
 * The board as a small picture: the bytes are an image. One that comes too soon after another is `rejected` with
 * @typedef {object} Thumbnail
 * @property {"thumbnail"} type
 */

/**
 * Freeze the drawing of all, let it go on, clear the board, or bring back what it was cleared of.
 * @typedef {object} Steer
 * @property {"steer"} type
 * @property {"freeze"|"unfreeze"|"clear"|"bring_back"} act
 */

/**
 * `frames` preview frames have been shown: the server may send as many more.
 * @typedef {object} Seen
 * @property {"seen"} type
 * @property {number} frames
 */

/**
 * Say something. The ids are chosen by the page: a `comment` that is sent twice is said once. `thread` is one that
 * @typedef {object} Comment
 * @property {"comment"} type
 * @property {string} id
 * @property {string} comment
 * @property {string} thread
 * @property {string} text
 * @property {number|null} x
 * @property {number|null} y
 */

/**
 * Say one's own comment in other words.
 * @typedef {object} CommentEdit
 * @property {"comment_edit"} type
 * @property {string} id
 * @property {string} comment
 * @property {string} text
 */

/**
 * Take a comment away: one's own, or anybody's where one has the right to share or to steer.
 * @typedef {object} CommentDelete
 * @property {"comment_delete"} type
 * @property {string} id
 * @property {string} comment
 */

/**
 * What was talked about is settled, or not yet.
 * @typedef {object} CommentResolve
 * @property {"comment_resolve"} type
 * @property {string} id
 * @property {string} thread
 * @property {boolean} on
 */

/**
 * Leave a sign on a comment, or take it back.
 * @typedef {object} React
 * @property {"react"} type
 * @property {string} id
 * @property {string} comment
 * @property {"like"|"love"|"laugh"|"party"|"star"} sign
 * @property {boolean} on
 */

/**
 * Call a sign over the board at a place. Nothing of it is kept, and nothing is answered but a refusal.
 * @typedef {object} Cheer
 * @property {"cheer"} type
 * @property {"like"|"love"|"laugh"|"party"|"star"} sign
 * @property {number} x
 * @property {number} y
 */

/**
 * The live picture is wanted, or not wanted any more, for all. Without `on`: tell this page how it is, and send it
 * @typedef {object} SwitchLive
 * @property {"live"} type
 * @property {boolean|null} on
 */

/**
 * The board as this page has it: a picture of it is wanted at once, for all. A newer one of any page takes its
 * @typedef {object} RoomDraw
 * @property {"draw"} type
 * @property {number} revision
 * @property {"draft"|"refined"} kind
 * @property {string} tool
 * @property {string|null} model
 * @property {object} params
 * @property {string|null} attached
 * @property {number} seq
 */

/**
 * Keep the live picture for all: this drawing with these parameters as an ordinary submit of whoever pays.
 * @typedef {object} RoomPin
 * @property {"pin"} type
 * @property {string} id
 * @property {string} tool
 * @property {string|null} model
 * @property {object} params
 * @property {string|null} attached
 * @property {Parent[]} parents
 */

/**
 * Who is here and what you may do. `vector` and `update`, the document, follow.
 * @typedef {object} Welcome
 * @property {"welcome"} type
 * @property {Person} you
 * @property {Person[]} people
 * @property {RoomBoard} board
 * @property {RoomRights} rights
 */

/**
 * Header: the bytes are the server's state vector. What the page has beyond it, it sends.
 * @typedef {object} Vector
 * @property {"vector"} type
 */

/**
 * Update `n` is kept for good, in change `seq` of the board.
 * @typedef {object} Ack
 * @property {"ack"} type
 * @property {number} n
 * @property {number} seq
 */

/**
 * Header: the bytes are a change of the document, `by` a page; by nobody when the server made it, or when it is
 * @typedef {object} Updated
 * @property {"update"} type
 * @property {number} seq
 * @property {string|null} by
 */

/**
 * Header: somebody's stroke as it grows.
 * @typedef {object} Inked
 * @property {"ink"} type
 * @property {string} stroke
 * @property {string} layer
 * @property {string} kind
 * @property {string} tool
 * @property {string} color
 * @property {number} size
 * @property {number} opacity
 * @property {"done"|"abandoned"|null} end
 * @property {string} by
 */

/**
 * Joined
 * @typedef {object} Joined
 * @property {"joined"} type
 * @property {Person} person
 */

/**
 * A page is gone, with its ink and its cursor.
 * @typedef {object} Left
 * @property {"left"} type
 * @property {string} page
 */

/**
 * Where a page is; what is not named has not changed.
 * @typedef {object} Present
 * @property {"presence"} type
 * @property {number[]|null} cursor
 * @property {number[]|null} box
 * @property {number[]|null} view
 * @property {string|null} tool
 * @property {string|null} color
 * @property {string|null} layer
 * @property {string} page
 */

/**
 * What you may do here from now on. Everybody else is told by `joined` with the person's new role.
 * @typedef {object} RightsChanged
 * @property {"rights"} type
 * @property {RoomRights} rights
 * @property {RoomBoard} board
 */

/**
 * The board's name, or how it is shared, has changed.
 * @typedef {object} BoardChanged
 * @property {"board"} type
 * @property {RoomBoard} board
 */

/**
 * `by` (a name) went back to the version of this revision; the change itself comes as an `update`.
 * @typedef {object} Restored
 * @property {"restored"} type
 * @property {string} by
 * @property {number} revision
 */

/**
 * A message was not carried out. `about` is its type; `n` the update's number, `revision` the draw's, `id` the
 * @typedef {object} RoomRejected
 * @property {"rejected"} type
 * @property {string} about
 * @property {number|null} n
 * @property {number|null} revision
 * @property {string|null} id
 * @property {string} code
 * @property {string} message
 * @property {object} fields
 * @property {object} params
 */

/**
 * The live picture is on or off for all. `name`: who turned it on.
 * @typedef {object} LiveSwitched
 * @property {"live"} type
 * @property {boolean} on
 * @property {string} name
 */

/**
 * The page's `draw` of `revision` has this number among all drawings of the room, whoever asks.
 * @typedef {object} Taken
 * @property {"taken"} type
 * @property {number} revision
 * @property {number} number
 */

/**
 * Header of a binary frame with a picture for all pages of a room; answered by `seen`.
 * @typedef {object} RoomFrame
 * @property {"frame"} type
 * @property {number} number
 * @property {"draft"|"refined"} kind
 * @property {number} step
 * @property {number} total
 * @property {boolean} done
 * @property {number} seed
 * @property {number} ms
 * @property {string} media_type
 * @property {Asked} asked
 */

/**
 * There will be no frame of what this page asked for with `revision`.
 * @typedef {object} RoomDrawFailed
 * @property {"draw_failed"} type
 * @property {number} revision
 * @property {ErrorView} error
 */

/**
 * Somebody keeps the live picture; said again when it is there. `command` is the `id` of the asker's `pin`.
 * @typedef {object} Pinned
 * @property {"pinned"} type
 * @property {string} command
 * @property {PinView} pin
 */

/**
 * `seq` is the newest change that this process knows of.
 * @typedef {object} RoomHeartbeat
 * @property {"heartbeat"} type
 * @property {number} seq
 */

/**
 * The wish `id` was carried out.
 * @typedef {object} Done
 * @property {"done"} type
 * @property {string} id
 */

/**
 * A comment is there, or has changed.
 * @typedef {object} CommentSaid
 * @property {"comment"} type
 * @property {PlaceView} place
 * @property {CommentView} comment
 */

/**
 * CommentGone
 * @typedef {object} CommentGone
 * @property {"comment_gone"} type
 * @property {string} thread
 * @property {string} comment
 */

/**
 * ThreadChanged
 * @typedef {object} ThreadChanged
 * @property {"thread"} type
 * @property {PlaceView} place
 */

/**
 * All signs on a comment, by the ids of the people who left them.
 * @typedef {object} Reaction
 * @property {"reaction"} type
 * @property {string} thread
 * @property {string} comment
 * @property {object} reactions
 */

/**
 * Somebody called a sign over the board: it is shown once.
 * @typedef {object} Cheered
 * @property {"cheer"} type
 * @property {Author} by
 * @property {"like"|"love"|"laugh"|"party"|"star"} sign
 * @property {number} x
 * @property {number} y
 */

/**
 * The server is about to close this connection, and why.
 * @typedef {object} Bye
 * @property {"bye"} type
 * @property {string} code
 * @property {string} message
 */
