"""The studio's own numbers: tools, engines, models, limits, times. Times are seconds, sizes bytes or pixels."""

from config.env import env

VERSION = "0.1.0"

# One entry a tool; its class says all there is to say about it (studio/tools/base.py).
TOOLS = [
    "studio.tools.text_to_image.TextToImage",
    "studio.tools.sketch_to_image.SketchToImage",
    "studio.tools.image_to_image.ImageToImage",
    "studio.tools.inpaint.Inpaint",
    "studio.tools.outpaint.Outpaint",
    "studio.tools.upscale.Upscale",
    "studio.tools.colorize.Colorize",
    "studio.tools.restore.Restore",
    "studio.tools.sketch_to_3d.SketchTo3D",
    "studio.tools.world.World",
    "studio.tools.code_scene.CodeScene",
]

# Engine name -> class, loaded by the worker only: the web tier never imports torch.
ENGINES = {
    "local": "studio.engines.local.LocalEngine",
    "plain": "studio.engines.plain.PlainEngine",
    "openai_images": "studio.engines.openai_images.OpenAIImagesEngine",
    "comfyui": "studio.engines.comfyui.engine.ComfyUIEngine",
    "mesh_http": "studio.engines.mesh_http.MeshHTTPEngine",
    "chat_scene": "studio.engines.chat_scene.engine.ChatSceneEngine",
}
# The queue of an engine's work where it is not the tool's: whoever has no use for a device does not wait for one.
# Those of `remote` wait for other servers (studio.models.Server), many beside each other.
ENGINE_QUEUES = {"plain": "cpu"} | dict.fromkeys(("openai_images", "comfyui", "mesh_http", "chat_scene"), "remote")
# How many generations of a queue one worker runs at once where its threads have other work as well.
AT_ONCE = {"cpu": 1}  # and `remote`, see REMOTE_SLOTS

# Hosts, addresses and networks (each with `:port` or without) where servers that make pictures may stand. What is not
# named is never connected to; staff choose among them in the admin (studio/engines/remote/allow.py).
ENGINE_ALLOWED_HOSTS = env.list("BRUSHWIRE_ENGINE_HOSTS", default=[])

# Rows that `seed_models` adds to the catalogue when they are missing; the admin edits them afterwards.
MODELS = [
    {
        "name": "starter",
        "title": "Starter",
        "engine": "local",
        "family": "sd",
        "source": "starter/weights",
        "parts": {
            "controlnet_scribble": "starter/weights/controlnet-scribble",
            "upscaler": "starter/weights/upscaler",
            "few_steps": "starter/weights/unet-few-step",
            "few_steps_scheduler": "starter/weights/scheduler-few-step",
        },
        "licence": "Apache-2.0",
        "tools": ["text_to_image", "sketch_to_image", "image_to_image", "inpaint", "outpaint", "upscale"],
        "defaults": {
            "steps": 12,
            "guidance_scale": 5.0,
            "strength": 0.6,
            "width": 128,
            "height": 128,
            # What a live draft takes otherwise; a model without it cannot draw live.
            "live": {"steps": 4, "guidance_scale": 1.0},
        },
        "max_side": 256,
    },
    {
        "name": "plain",
        "title": "Without a model",
        "engine": "plain",
        "family": "plain",
        "source": "plain",
        "licence": "Apache-2.0",
        "tools": ["colorize", "restore", "upscale", "sketch_to_3d", "world"],
        # Behind every model that can do the same.
        "position": 1000,
    },
]

# How many generations the worker of queue `gpu` holds at once: they share the steps of the local engine. The rest wait
# in the database, where the queue is fair. 0: 32 where there is an NVIDIA device, else 8.
SLOTS = env.int("BRUSHWIRE_SLOTS", default=0)

# How many generations the worker of queue `remote` waits for at once; each server has a limit of its own besides.
REMOTE_SLOTS = env.int("BRUSHWIRE_REMOTE_SLOTS", default=16)
AT_ONCE["remote"] = REMOTE_SLOTS

# Start the default engine's process when its worker starts rather than when the first person waits for it.
WARM_UP = env.bool("BRUSHWIRE_WARM_UP", default=True)

# A worker writes its row this often (seconds), and takes nothing new when it, or its engine's process, holds more than
# so many megabytes: it finishes, and is started anew. 0: no limit.
PULSE_EVERY = env.float("BRUSHWIRE_PULSE_EVERY", default=3.0)
WORKER_MEMORY = env.int("BRUSHWIRE_WORKER_MEMORY", default=2048)
ENGINE_MEMORY = env.int("BRUSHWIRE_ENGINE_MEMORY", default=0)

LEASE = env.float("BRUSHWIRE_LEASE", default=20.0)
MAX_ATTEMPTS = 3
# A stage that shows no sign of life for this long means a hung process, which then ends itself.
DEADLINES = {
    "loading": env.float("BRUSHWIRE_DEADLINE_LOADING", default=900.0),
    "default": env.float("BRUSHWIRE_DEADLINE_STEP", default=120.0),
}
RECONCILE_EVERY = env.float("BRUSHWIRE_RECONCILE_EVERY", default=2.0)
# A queued row whose doorbell seems lost is rung for again after this long.
RING_AGAIN_AFTER = env.float("BRUSHWIRE_RING_AGAIN_AFTER", default=5.0)
QUEUE_EXPIRES_AFTER = 24 * 3600.0
# Fair share: what somebody used fades away, by half every half FAIR_WINDOW. Where nothing of somebody started for
# FAIR_MAX_WAIT though something waited, one of theirs comes first. A picture whose model is in memory goes before at
# most LOOK_AHEADS others, found among the next LOOK_AHEAD_ROWS, which wait LOOK_AHEAD_SECONDS longer for it at most.
FAIR_WINDOW = 600.0
FAIR_MAX_WAIT = 600.0
LOOK_AHEADS = 8
LOOK_AHEAD_ROWS = 8
LOOK_AHEAD_SECONDS = 20.0
MAX_OUTPUTS = 8
# Editing finished pictures: pixels of the picture, edits of one person a minute, and edits at once in one process.
EDIT_MAX_PIXELS = 17_000_000
EDITS_PER_MINUTE = 20
EDITS_AT_ONCE = 2
# Time-lapses that the server puts together (INPUT_MAX_BYTES for all frames): frames, their longest side, the pixels of
# all frames together, seconds it may last, and how many at once in one process (how often: RATES).
TIMELAPSE_FRAMES = 300
TIMELAPSE_SIDE = 1024
TIMELAPSE_PIXELS = 150_000_000
TIMELAPSE_SECONDS = 60
TIMELAPSES_AT_ONCE = 2
# Fonts that write captions, the first that has all characters. Pillow's own comes last and knows Latin letters only.
CAPTION_FONTS = {
    "sans": [
        *env.list("BRUSHWIRE_CAPTION_SANS", default=[]),
        "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
        "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
        "/System/Library/Fonts/PingFang.ttc",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    ],
    "serif": [
        *env.list("BRUSHWIRE_CAPTION_SERIF", default=[]),
        "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
        "/usr/share/fonts/google-noto-cjk/NotoSerifCJK-Regular.ttc",
        "/usr/share/fonts/noto-cjk/NotoSerifCJK-Regular.ttc",
        "/System/Library/Fonts/Songti.ttc",
        "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
    ],
}

EVENTS_KEPT_FOR = 15 * 60.0
EVENTS_KEPT = 1000
HEARTBEAT_EVERY = env.float("BRUSHWIRE_HEARTBEAT_EVERY", default=25.0)
HELLO_WITHIN = env.float("BRUSHWIRE_HELLO_WITHIN", default=10.0)
MAX_SOCKETS_PER_USER = env.int("BRUSHWIRE_SOCKETS_PER_USER", default=6)
MAX_UNSEEN_PREVIEWS = 2
# Other sites whose pages may speak with the API and the socket of keys (studio/gates/cors.py): "https://app.example.org".
CORS_ORIGINS = env.list("BRUSHWIRE_CORS_ORIGINS", default=[])
# How long the reader of an event stream may leave everything unread.
STREAM_WRITE_WITHIN = 60.0
# Live drawing: boards of one person at once, after how long an unchanged one no longer counts, the bytes of a drawing,
# frames that one worker makes at the same time, and how often their device seconds are written down.
LIVE_BOARDS_PER_USER = 2
LIVE_BOARD_IDLE = 10.0
LIVE_MAX_BYTES = 256 * 1024
LIVE_MAX_SIDE = 1024
LIVE_AT_ONCE = 16
LIVE_CHARGE_EVERY = 5.0
# Sockets from one address, whoever opens them: a whole school may sit behind one.
MAX_SOCKETS_PER_ADDRESS = env.int("BRUSHWIRE_SOCKETS_PER_ADDRESS", default=1000)
PROTOCOL_FAULTS_PER_MINUTE = 10
MESSAGES_PER_SECOND = 20.0
MESSAGES_BURST = 60
# How often, over all processes (studio/gates/rates.py): how much is saved up at most, and how much comes back a second.
# For a person, except where it says address. RATE_FACTOR multiplies both; 0 limits nothing.
RATES = {
    "read": (600.0, 30.0),
    "write": (120.0, 4.0),
    "visitor": (1200.0, 60.0),  # pages for whoever is not logged in, by address
    "submit": (60.0, 1.0),
    "webhook": (20.0, 0.1),  # webhooks tried, or told the same again
    "connect": (30.0, 0.5),  # sockets opened
    "news": (30.0, 1.0),  # asked for again what happened: up to EVENTS_KEPT messages are the answer
    "knock": (1200.0, 60.0),  # sockets opened, by address
    "upload": (60.0, 200 / 3600),
    "photo": (200.0, 0.5),  # into albums
    "timelapse": (4.0, 4 / 60),
    "invite": (40.0, 0.1),  # people added to boards by name
    "join": (20.0, 0.2),  # links to boards tried
    "join_address": (1200.0, 20.0),  # the same, by address: a school sits behind one
    "key": (300.0, 10.0),  # requests with one API key
    "comment": (12.0, 12 / 60),  # said on boards
    "react": (40.0, 1.0),  # signs on comments, called over a board; comments settled
    "keys": (900.0, 20.0),  # requests with all keys of a person together: their pages have a bucket of their own
}
RATE_FACTOR = env.float("BRUSHWIRE_RATE_FACTOR", default=1.0)
API_KEYS_PER_PERSON = 20
# An answer is given again to the same request with the same Idempotency-Key (seconds); and so long somebody waits for
# the first one's, who asks meanwhile.
ONCE_KEPT_FOR = 24 * 3600.0
ONCE_WAIT = 10.0
# Items of a list that an API gives at once, when nobody says how many, and at most.
API_PAGE, API_PAGE_MOST = 25, 200
# A single picture of so many pixels at most goes before larger work where a program asked for it (lane "interactive").
API_SMALL_PIXELS = 1024 * 1024
# Programs that ask for a picture and wait for it in the same request (studio/compat): for so many seconds, so many
# requests of one person at once in one process. What a program alone waited for is stopped so many seconds after it
# went away: those that lost an answer on the wire come back by themselves, within eight seconds. Addresses that show a
# picture without a key work for so long (seconds). A request, with pictures in base64, may have so many bytes.
PROGRAM_WAITS_FOR = env.float("BRUSHWIRE_PROGRAM_WAITS_FOR", default=300.0)
PROGRAM_WAITS_PER_PERSON = 40
PROGRAM_LEFT_AFTER = env.float("BRUSHWIRE_PROGRAM_LEFT_AFTER", default=15.0)
SIGNED_URLS_LAST = env.int("BRUSHWIRE_SIGNED_URLS_LAST", default=3600)
PROGRAM_BODY_MAX = 64 * 1024 * 1024
# All that may wait in one queue, of everybody together: what comes then is told to come later, after so many seconds.
QUEUE_MAX = env.int("BRUSHWIRE_QUEUE_MAX", default=5000)
QUEUE_FULL_AGAIN = 60

INPUT_MAX_BYTES = 20 * 1024 * 1024
INPUT_MAX_PIXELS = 33_000_000
INPUT_MAX_SIDE = 10_000
# Processes that decode what people send, in each process that takes uploads.
DECODERS = 2
# Prompts of ComfyUI's clients that a person's history keeps (studio/comfy): so many, and bytes of one with all that the
# client wants kept with it.
COMFY_PROMPTS_KEPT = 500
COMFY_PROMPT_BYTES = 128 * 1024
# Pictures that a person may have uploaded by name at a time; each lives as long as its input.
COMFY_PICTURES_KEPT = 500
INPUTS_KEPT_FOR = 24 * 3600.0
PROMPT_MAX = 2000
# After a change of the prompt rules, how long a process may still use the old ones.
PROMPT_RULES_FRESH = 2.0
# Reports that a person may send a day, and that visitors may send from one address an hour (about one item: one a day).
REPORTS_PER_DAY = 30
REPORTS_PER_ADDRESS = 5
# What happens to pictures that the safety checker finds unsafe, if the model has one: off, hold, blur or refuse.
SAFETY = env.choice("BRUSHWIRE_SAFETY", "off", "hold", "blur", "refuse", default="hold")
# The checker (a folder or hub id) of every model that names none of its own, also of those on other servers.
SAFETY_CHECKER = env.str("BRUSHWIRE_SAFETY_CHECKER", default="")
SAFETY_LOADER = "studio.engines.local.safety.beside"  # loads one into the worker's own process
# Grave notices (a decision about one's work, say) also by e-mail.
NOTICES_BY_MAIL = env.bool("BRUSHWIRE_NOTICES_BY_MAIL", default=False)

# Webhooks: where they may lead (hosts, addresses and networks as in ENGINE_ALLOWED_HOSTS; `public`: anywhere on the
# internet, by https), how many one person has, how long a receiver may take, for how long a secret that was replaced
# still signs, and after how many failures in a row over how long one is switched off. The log is kept for days.
WEBHOOK_ALLOWED_HOSTS = env.list("BRUSHWIRE_WEBHOOK_HOSTS", default=[])
WEBHOOKS_PER_PERSON = 10
WEBHOOK_TIMEOUT = env.float("BRUSHWIRE_WEBHOOK_TIMEOUT", default=10.0)
WEBHOOK_FORMER_FOR = 24 * 3600.0
WEBHOOK_FAILURES = 20
WEBHOOK_FAILING_FOR = 12 * 3600.0
WEBHOOK_LOG_DAYS = 14

PRESETS_PER_PERSON = 100
# Prompts of one's own that are offered again.
PROMPTS_REMEMBERED = 50
# A page of a board's filmstrip.
RESULTS_PER_PAGE = 24

ALBUMS_PER_PERSON = 50
COLLECTIONS_PER_PERSON = 200
WORKS_PER_COLLECTION = 1000
# What many works at once may be done to in one request.
BATCH_WORKS = 500
# History is kept so many days, told so many days before it goes into the bin; the bin is emptied after so many.
HISTORY_DAYS = env.int("BRUSHWIRE_HISTORY_DAYS", default=30)
HISTORY_NOTICE_DAYS = 3
BIN_DAYS = env.int("BRUSHWIRE_BIN_DAYS", default=30)
# Archives (ZIP) are fetched within these seconds; one person has one packed at a time and so many a day. A task that
# packs and is silent for so long has died.
ARCHIVES_KEPT_FOR = 7 * 24 * 3600.0
ARCHIVES_PER_DAY = 10
ARCHIVE_WORKS = 2000
ARCHIVE_SILENT = 60.0

# The label that GB 45438-2025 asks for in China, written into every file: who makes the pictures, and who spreads them.
# Empty: no label. The visible one is written on pictures that leave the studio, and stands beside those on its pages.
AIGC_PRODUCER = env.str("BRUSHWIRE_AIGC_PRODUCER", default="")
AIGC_PROPAGATOR = env.str("BRUSHWIRE_AIGC_PROPAGATOR", default="")
AIGC_VISIBLE = env.str("BRUSHWIRE_AIGC_VISIBLE", default="")
# Downloads in other forms and comparisons are made within the request: so many at once in one process.
RENDERINGS_AT_ONCE = 2
RENDER_MAX_PIXELS = 17_000_000
# Links that show one work to whoever has them, for each work.
SHARE_LINKS_PER_WORK = 20

THUMBNAIL_SIZES = (320, 640)
SWEEP_AFTER = 3600.0
# nginx's internal location for media; empty: the application sends the bytes itself.
ACCEL_REDIRECT = env.str("ACCEL_REDIRECT", default="")

DEMO_ACCOUNT = env.str("BRUSHWIRE_DEMO_ACCOUNT", default="demo")
