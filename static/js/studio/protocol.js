// Generated from studio/protocol.py by `manage.py protocol_js`. Do not edit.
// Every message of the studio's socket: names, fields, limits and close codes.

export const SUBPROTOCOL = "brushwire.v1";

export const VERSION = 1;

export const MAX_MESSAGE = 524288;

export const WATCH_LASTS = 45;

export const CLOSE = {
  "protocol_error": 4400,
  "signed_out": 4401,
  "forbidden": 4403,
  "too_slow": 4408,
  "too_many_sockets": 4409,
  "flood": 4429,
  "fault": 1011,
  "restart": 1012
};

export const COMMANDS = {
  "hello": [
    "version",
    "last_seq"
  ],
  "sync": [
    "last_seq"
  ],
  "submit": [
    "tool",
    "model",
    "params",
    "inputs",
    "board",
    "parents",
    "lane",
    "id",
    "attached"
  ],
  "cancel": [
    "generation"
  ],
  "draw": [
    "board",
    "revision",
    "kind",
    "tool",
    "model",
    "params",
    "attached"
  ],
  "leave": [
    "board"
  ],
  "pin": [
    "id",
    "board",
    "revision",
    "tool",
    "model",
    "params",
    "attached",
    "on_board",
    "parents"
  ],
  "seen": [
    "frames"
  ],
  "watch": [
    "what",
    "on"
  ]
};

export const EVENTS = {
  "snapshot": [
    "seq",
    "generations"
  ],
  "heartbeat": [
    "seq"
  ],
  "queued": [
    "seq",
    "generation"
  ],
  "requeued": [
    "seq",
    "generation"
  ],
  "started": [
    "seq",
    "generation",
    "attempt"
  ],
  "finished": [
    "seq",
    "generation",
    "works",
    "seconds"
  ],
  "failed": [
    "seq",
    "generation",
    "error"
  ],
  "cancelled": [
    "seq",
    "generation"
  ],
  "expired": [
    "seq",
    "generation",
    "error"
  ],
  "stage": [
    "generation",
    "stage",
    "index",
    "count",
    "position",
    "starts_in",
    "wait"
  ],
  "progress": [
    "generation",
    "stage",
    "step",
    "total",
    "index",
    "count",
    "share"
  ],
  "text": [
    "generation",
    "attempt",
    "size"
  ],
  "preview": [
    "generation",
    "index",
    "step",
    "total",
    "media_type"
  ],
  "frame": [
    "board",
    "revision",
    "kind",
    "step",
    "total",
    "done",
    "seed",
    "ms",
    "media_type"
  ],
  "draw_failed": [
    "board",
    "revision",
    "error"
  ],
  "rejected": [
    "id",
    "generation",
    "board",
    "revision",
    "code",
    "message",
    "fields",
    "params"
  ],
  "notice": [
    "code",
    "params",
    "message",
    "link",
    "unseen"
  ],
  "operations": [
    "snapshot"
  ],
  "bye": [
    "code",
    "message"
  ]
};

/**
 * A picture in the gallery. `image`, `thumbnail` and `page` are addresses; `index` counts the outputs from 0.
 * @typedef {object} WorkView
 * @property {string} id
 * @property {number} index
 * @property {number} seed
 * @property {number} width
 * @property {number} height
 * @property {string} image
 * @property {string} thumbnail
 * @property {string} page
 * @property {boolean} favourite
 * @property {boolean} veiled
 * @property {string|null} model
 */

/**
 * `message` is in the reader's language; programs go by `code`.
 * @typedef {object} ErrorView
 * @property {string} code
 * @property {string} message
 * @property {object} params
 */

/**
 * Why something waits: a code of studio/words/reasons.py, its parameters, and a sentence for the reader.
 * @typedef {object} WaitView
 * @property {string} code
 * @property {object} params
 * @property {string} message
 */

/**
 * The whole state of one generation. `position` is its place in the queue, 1 being next.
 * @typedef {object} GenerationView
 * @property {string} id
 * @property {string} command
 * @property {string} tool
 * @property {string} model
 * @property {object} params
 * @property {"queued"|"running"|"finished"|"failed"|"cancelled"|"expired"} state
 * @property {string} stage
 * @property {number} step
 * @property {number} total
 * @property {number} index
 * @property {number} count
 * @property {number|null} share
 * @property {number|null} position
 * @property {object[]|null} starts_in
 * @property {WaitView|null} wait
 * @property {number} cost
 * @property {string} lane
 * @property {object} inputs
 * @property {Parent[]} parents
 * @property {object[]|null} expected
 * @property {WorkView[]} works
 * @property {ErrorView|null} error
 * @property {string|null} board
 * @property {string[]} notes
 * @property {string|null} after
 * @property {string} created_at
 */

/**
 * Opens the conversation: everything after event `last_seq` is wanted, or a snapshot when that is null.
 * @typedef {object} Hello
 * @property {"hello"} type
 * @property {number} version
 * @property {number|null} last_seq
 */

/**
 * A gap was seen: send everything after `last_seq` again.
 * @typedef {object} Sync
 * @property {"sync"} type
 * @property {number} last_seq
 */

/**
 * Make something. `id` is chosen by the client: sent twice, it is made once.
 * @typedef {object} Submit
 * @property {string} tool
 * @property {string|null} model
 * @property {object} params
 * @property {object} inputs
 * @property {string|null} board
 * @property {Parent[]} parents
 * @property {"interactive"|"bulk"} lane
 * @property {"submit"} type
 * @property {string} id
 * @property {string|null} attached
 */

/**
 * Stop a generation, wherever it is.
 * @typedef {object} Cancel
 * @property {"cancel"} type
 * @property {string} generation
 */

/**
 * The board as it is now: a picture of it is wanted at once. A newer `revision` takes an older one's place.
 * @typedef {object} Draw
 * @property {"draw"} type
 * @property {string} board
 * @property {number} revision
 * @property {"draft"|"refined"} kind
 * @property {string} tool
 * @property {string|null} model
 * @property {object} params
 * @property {string|null} attached
 */

/**
 * The board is no longer live: what is being made of it stops.
 * @typedef {object} Leave
 * @property {"leave"} type
 * @property {string} board
 */

/**
 * Keep the refined frame of `revision`: its drawing, parameters and seed as an ordinary submit with this `id`.
 * @typedef {object} Pin
 * @property {"pin"} type
 * @property {string} id
 * @property {string} board
 * @property {number} revision
 * @property {string} tool
 * @property {string|null} model
 * @property {object} params
 * @property {string|null} attached
 * @property {string|null} on_board
 * @property {Parent[]} parents
 */

/**
 * `frames` preview frames have been shown: the server may send as many more.
 * @typedef {object} Seen
 * @property {"seen"} type
 * @property {number} frames
 */

/**
 * Tell me every second how the studio does, or no longer; for operators.
 * @typedef {object} Watch
 * @property {"watch"} type
 * @property {"operations"} what
 * @property {boolean} on
 */

/**
 * The state as of event `seq`: everything unfinished and the newest finished generations, oldest first.
 * @typedef {object} Snapshot
 * @property {"snapshot"} type
 * @property {number} seq
 * @property {GenerationView[]} generations
 */

/**
 * `seq` is the newest event: a client that has less asks `sync`.
 * @typedef {object} Heartbeat
 * @property {"heartbeat"} type
 * @property {number} seq
 */

/**
 * A submit was accepted, or a lost generation went back into the queue (then it is `requeued`).
 * @typedef {object} Queued
 * @property {number} seq
 * @property {"queued"} type
 * @property {GenerationView} generation
 */

/**
 * Requeued
 * @typedef {object} Requeued
 * @property {number} seq
 * @property {"requeued"} type
 * @property {string} generation
 */

/**
 * Started
 * @typedef {object} Started
 * @property {number} seq
 * @property {"started"} type
 * @property {string} generation
 * @property {number} attempt
 */

/**
 * `seconds` is what the device worked for it.
 * @typedef {object} Finished
 * @property {number} seq
 * @property {"finished"} type
 * @property {string} generation
 * @property {WorkView[]} works
 * @property {number} seconds
 */

/**
 * Failed
 * @typedef {object} Failed
 * @property {number} seq
 * @property {"failed"} type
 * @property {string} generation
 * @property {ErrorView} error
 */

/**
 * Cancelled
 * @typedef {object} Cancelled
 * @property {number} seq
 * @property {"cancelled"} type
 * @property {string} generation
 */

/**
 * Expired
 * @typedef {object} Expired
 * @property {number} seq
 * @property {"expired"} type
 * @property {string} generation
 * @property {ErrorView} error
 */

/**
 * A stage has begun; while `waiting`, `position`, `starts_in` and `wait` are those of GenerationView.
 * @typedef {object} StageEvent
 * @property {"stage"} type
 * @property {string} generation
 * @property {string} stage
 * @property {number} index
 * @property {number} count
 * @property {number|null} position
 * @property {object[]|null} starts_in
 * @property {WaitView|null} wait
 */

/**
 * Output `index` of `count` has done `step` of `total` real steps.
 * @typedef {object} Progress
 * @property {"progress"} type
 * @property {string} generation
 * @property {string} stage
 * @property {number} step
 * @property {number} total
 * @property {number} index
 * @property {number} count
 * @property {number|null} share
 */

/**
 * Of what is written for a generation, so many bytes (UTF-8) are there in this attempt.
 * @typedef {object} TextGrew
 * @property {"text"} type
 * @property {string} generation
 * @property {number} attempt
 * @property {number} size
 */

/**
 * Header of a binary frame with a small picture of `media_type`; answered by `seen`.
 * @typedef {object} PreviewFrame
 * @property {"preview"} type
 * @property {string} generation
 * @property {number} index
 * @property {number} step
 * @property {number} total
 * @property {string} media_type
 */

/**
 * Header of a binary frame with a picture of a live board; answered by `seen`.
 * @typedef {object} Frame
 * @property {"frame"} type
 * @property {string} board
 * @property {number} revision
 * @property {"draft"|"refined"} kind
 * @property {number} step
 * @property {number} total
 * @property {boolean} done
 * @property {number} seed
 * @property {number} ms
 * @property {string} media_type
 */

/**
 * There will be no frame of this revision.
 * @typedef {object} DrawFailed
 * @property {"draw_failed"} type
 * @property {string} board
 * @property {number} revision
 * @property {ErrorView} error
 */

/**
 * A command was not carried out. `id` is the submit's id, `generation` the cancel's, `board` the draw's.
 * @typedef {object} Rejected
 * @property {"rejected"} type
 * @property {string|null} id
 * @property {string|null} generation
 * @property {string|null} board
 * @property {number|null} revision
 * @property {string} code
 * @property {string} message
 * @property {object} fields
 * @property {object} params
 */

/**
 * Something new for the person (accounts/notices.py), already in the reader's words. `unseen` counts all notices
 * @typedef {object} Notice
 * @property {"notice"} type
 * @property {string} code
 * @property {object} params
 * @property {string} message
 * @property {string} link
 * @property {number} unseen
 */

/**
 * How the studio does (studio/operations), for those who `watch`.
 * @typedef {object} Operations
 * @property {"operations"} type
 * @property {object} snapshot
 */

/**
 * The server is about to close this connection, and why.
 * @typedef {object} Bye
 * @property {"bye"} type
 * @property {string} code
 * @property {string} message
 */
