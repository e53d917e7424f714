"""The table of rights: for every address and method, what each kind of person gets for a work in each state.

A line is `method address {form}` and four words, one for the owner, another user, a moderator and nobody. In a word
stands one letter for each state of STATES: o = it is done, x = there is no such thing (404), l = asked to log in,
a = refused without a log-in (401), f = forbidden (403). A word of one letter counts for all states.
"""

from dataclasses import dataclass
from typing import Any

STATES = ("private", "unlisted", "public", "held", "hidden", "removed", "deleted")
ROLES = ("owner", "bob", "mod", "nobody")


@dataclass(frozen=True, slots=True)
class Rule:
    """`form` is sent as a form, or as JSON where `json`; `{work}` and the like are filled in."""

    method: str
    address: str
    words: tuple[str, str, str, str]
    form: dict[str, Any] | None = None
    json: bool = False

    def expected(self, role: str, state: str) -> str:
        word = self.words[ROLES.index(role)]
        return word if len(word) == 1 else word[STATES.index(state)]


SEE = ("oooooxx", "xxoxxxx", "xxoxxxx", "llollll")
SEE_404 = ("oooooxx", "xxoxxxx", "xxoxxxx", "xxoxxxx")
OWN = ("oooooxx", "x", "x", "l")
API_OWN = ("oooooxx", "x", "x", "a")
MINE = ("o", "x", "x", "l")
API_MINE = ("o", "x", "x", "a")
PERSON = ("o", "o", "o", "l")
API_PERSON = ("o", "o", "o", "a")
ALL = ("o", "o", "o", "o")


def get(address: str, words: tuple[str, str, str, str]) -> Rule:
    return Rule("GET", address, words)


def post(address: str, rights: tuple[str, str, str, str], /, **form: Any) -> Rule:
    return Rule("POST", address, rights, form)


def api(method: str, address: str, rights: tuple[str, str, str, str], /, **body: Any) -> Rule:
    return Rule(method, "/api/v1" + address, rights, body or None, json=True)


STAFF = ("f", "f", "o", "l")
# Everybody but the owner.
OTHERS = ("x", "xxoxxxx", "xxoxxxx", "xxoxxxx")
# Leading workshops takes a permission, which moderators have too.
TAUGHT = ("o", "f", "x", "l")
PAGES = (
    get("/", ALL),
    get("/studio/", PERSON),
    get("/studio/?work={work}", (*SEE_404[:3], "l")),
    get("/studio/?input={work}", (*SEE_404[:3], "l")),
    get("/explore/", ALL),
    get("/people/{person}/", ("o", "xxoxxxx", "xxoxxxx", "xxoxxxx")),
    get("/tags/sea/", ALL),
    get("/explore/feed/", ALL),
    get("/tags/sea/feed/", ALL),
    get("/people/{person}/feed/", ("xxoxxxx", "xxoxxxx", "xxoxxxx", "xxoxxxx")),
    get("/gallery/", PERSON),
    post("/gallery/undo/", PERSON, moment="2026-01-01T00:00:00Z"),
    get("/gallery/bin/", PERSON),
    post("/gallery/bin/restore/", PERSON, work="{work}"),
    post("/gallery/bin/empty/", PERSON, work="{work}"),
    get("/collections/", PERSON),
    post("/collections/new/", PERSON, title="t"),
    get("/world/", PERSON),
    get("/world/?board={world}", MINE),
    get("/world/?place={work}", ("x", "x", "x", "l")),
    get("/world/?work={work}", ("x", "x", "x", "l")),
    get("/boards/", PERSON),
    get("/albums/", PERSON),
    get("/scenes/", PERSON),
    get("/sandbox/", ALL),
    get("/sandbox/three.js", ALL),
    post("/albums/new/", PERSON, title="t", way="colorize:plain"),
    get("/account/", PERSON),
    get("/account/use/", PERSON),
    get("/account/sessions/", PERSON),
    get("/account/webhooks/", PERSON),
    post("/account/webhooks/", PERSON, url="https://nowhere.example", events="finished"),
    post("/account/sessions/end/", PERSON, all="1"),
    get("/account/data/", PERSON),
    get("/account/keys/", PERSON),
    get("/account/keys/new/", PERSON),
    post("/account/keys/{key}/revoke/", MINE),
    post("/account/data/archives/", PERSON),
    post("/account/data/delete/", PERSON, password="wrong"),
    get("/account/invitations/", ("f", "f", "o", "l")),
    post("/account/invitations/{invitation}/withdraw/", ("f", "f", "x", "l")),
    get("/notices/", PERSON),
    get("/notices/bell/", PERSON),
    post("/notices/seen/", PERSON, up_to="1"),
    get("/join/", ALL),
    get("/join/{join}/", ALL),
    get("/healthz", ALL),
    get("/readyz", ALL),
    get("/i18n/catalog.js", ALL),
    post("/i18n/setlang/", ALL, language="en"),
)
WORKS = (
    get("/gallery/{work}/", SEE),
    get("/gallery/{work}/card/", SEE_404),
    get("/gallery/{work}/info/", SEE_404),
    get("/gallery/{work}/download/", SEE_404),
    get("/gallery/{work}/compare/{twin}/", ("oooooxx", "x", "x", "x")),
    get("/gallery/{work}/compare/{twin}/difference.png", ("oooooxx", "x", "x", "x")),
    post("/gallery/{work}/favourite/", OWN, on="1"),
    post("/gallery/{work}/like/", (*OTHERS[:3], "l"), on="1"),
    post("/gallery/{work}/words/", OWN, title="t", description="", tags="sea", reveals="all"),
    post("/gallery/{work}/visibility/", OWN, visibility="private"),
    post("/gallery/{work}/saved/", OWN, saved="1"),
    post("/gallery/{work}/links/", OWN, lasting="day"),
    post("/gallery/{work}/rerun/", (*SEE_404[:3], "l")),
    get("/gallery/{work}/rerun/{generation}/", OWN),
    get("/gallery/{work}/delete/", OWN),
    post("/gallery/{work}/delete/", OWN),
    post("/links/{link}/end/", MINE),
    get("/s/{token}/", ("oooxxxx", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/s/{token}/image", ("oooxxxx", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/s/{sea}/{work}/", ("oooxxxx", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/s/{sea}/{work}/image", ("oooxxxx", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/s/{sea}/{twin}/", ("x", "x", "x", "x")),
    get("/s/{token}/{work}/image", ("x", "x", "x", "x")),
    get("/report/shared/{sea}/{work}/", ("x", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/report/work/{work}/", OTHERS),
    get("/report/shared/{token}/", ("x", "oooxxxx", "oooxxxx", "oooxxxx")),
    get("/report/person/{person}/", OTHERS),
    get("/media/works/{work}/image", SEE_404),
    get("/media/works/{work}/thumb-320", ("oooooxo", "xxoxxxx", "xxoxxxx", "xxoxxxx")),
    # Of another board's people; those of this board's are in tests/studio/test_pins.py.
    get("/boards/{board}/pins/{work}/image", ("x", "x", "x", "x")),
    get("/media/works/{work}/nothing", ("x", "x", "x", "x")),
    api("PATCH", "/works/{work}", API_OWN, favourite=True),
    api("GET", "/works/{work}", (*SEE_404[:3], "a")),
    api("GET", "/works/{work}/files", (*SEE_404[:3], "a")),
    api("DELETE", "/works/{work}", API_OWN),
    api("PUT", "/works/{work}/like", (*OTHERS[:3], "a")),
    api("DELETE", "/works/{work}/like", (*OTHERS[:3], "a")),
    api("GET", "/works/{work}/edit", API_OWN),
    api("POST", "/works/{work}/edit", API_OWN, operations=[{"kind": "turn", "quarters": 1}]),
    api("POST", "/works/{work}/edit/caption", API_OWN, width=64, height=64, caption={
        "kind": "caption", "text": "x", "place": "top", "font": "sans", "size": 0.2, "color": "#ffffff"}),
)  # fmt: skip
THINGS = (
    get("/collections/{collection}/", MINE),
    post("/collections/{collection}/describe/", MINE, title="t"),
    post("/collections/{collection}/visibility/", MINE, visibility="unlisted"),
    post("/collections/{collection}/links/", MINE, lasting="day"),
    get("/s/{sea}/", ALL),
    get("/report/shared/{sea}/", ("x", "o", "o", "o")),
    get("/report/collection/{collection}/", ("x", "x", "x", "x")),
    post("/collections/{collection}/remove/", MINE, work="{work}"),
    post("/collections/{collection}/move/", MINE, work="{work}", by="1"),
    post("/collections/{collection}/order/", MINE, works="{work}"),
    post("/collections/{collection}/cover/", MINE, work="{work}"),
    post("/collections/{collection}/delete/", MINE),
    post("/boards/{board}/duplicate/", MINE),
    post("/boards/{board}/rename/", MINE, title="x"),
    post("/boards/{board}/delete/", MINE),
    post("/boards/{board}/leave/", MINE),
    get("/join/{board_token}/", PERSON),
    get("/join/{board_token}/picture/", PERSON),
    get("/studio/?board={board}", MINE),
    api("GET", "/boards/shared", API_PERSON),
    api("POST", "/boards/join", API_PERSON, token="{board_token}"),
    api("GET", "/boards/{board}/people", API_MINE),
    api("POST", "/boards/{board}/people", API_MINE, name="guest", role="draw"),
    api("PATCH", "/boards/{board}/people/{guest}", API_MINE, role="draw"),
    api("DELETE", "/boards/{board}/people/{guest}", API_MINE),
    api("PUT", "/boards/{board}/workshops/{workshop}", API_MINE, role="draw"),
    api("DELETE", "/boards/{board}/workshops/{workshop}", ("x", "x", "x", "a")),
    api("PATCH", "/boards/{board}/sharing", API_MINE, frozen=True),
    api("DELETE", "/boards/{board}/sharing", API_MINE),
    api("GET", "/boards/{board}/links", API_MINE),
    api("POST", "/boards/{board}/links", API_MINE, role="draw", lasting="day"),
    api("DELETE", "/boards/{board}/links/{board_link}", API_MINE),
    api("GET", "/boards/{board}/links/{board_link}/qr", API_MINE),
    post("/account/data/archives/{archive}/discard/", MINE),
    get("/account/webhooks/{webhook}/", MINE),
    post("/account/webhooks/{webhook}/change/", MINE, url="https://nowhere.example", events="finished"),
    post("/account/webhooks/{webhook}/switch/", MINE, on="1"),
    post("/account/webhooks/{webhook}/ping/", MINE),
    post("/account/webhooks/{webhook}/secret/", MINE),
    post("/account/webhooks/{webhook}/deliveries/{delivery}/again/", MINE),
    post("/account/webhooks/{webhook}/delete/", MINE),
    get("/albums/{album}/", MINE),
    get("/scenes/{scene}/", MINE),
    post("/albums/{album}/retry/", MINE),
    post("/albums/{album}/stop/", MINE),
    post("/albums/{album}/pack/", MINE),
    post("/albums/{album}/remove/", MINE, photo="{photo}"),
    post("/albums/{album}/photos/", ("o", "o", "o", "l")),
    post("/albums/{album}/delete/", MINE),
    get("/account/data/archives/{archive}.zip", ("o", "x", "x", "x")),
    api("POST", "/works/batch", API_PERSON, works=["{work}"], act="save", value=True),
    api("GET", "/works/archives/{archive}", API_MINE),
    api("GET", "/prompts", API_PERSON),
    api("GET", "/openapi.json", ALL),
    api("GET", "/", ALL),
    api("GET", "/docs", ALL),
    api("GET", "/me", API_PERSON),
    api("GET", "/usage", API_PERSON),
    api("GET", "/tools", API_PERSON),
    api("GET", "/tools/text_to_image", API_PERSON),
    api("GET", "/models", API_PERSON),
    api("GET", "/models/fake", API_PERSON),
    api("GET", "/works", API_PERSON),
    api("GET", "/generations", API_PERSON),
    api("POST", "/generations/{generation}/retry", API_MINE),
    api("GET", "/collections", API_PERSON),
    api("POST", "/collections", API_PERSON, title="t"),
    api("GET", "/collections/{collection}", API_MINE),
    api("PATCH", "/collections/{collection}", API_MINE, title="t", visibility="unlisted"),
    api("DELETE", "/collections/{collection}", API_MINE),
    api("GET", "/collections/{collection}/works", API_MINE),
    api("POST", "/collections/{collection}/works", API_MINE, works=["{work}"]),
    api("DELETE", "/collections/{collection}/works/{work}", API_MINE),
    api("GET", "/keys", ("a", "a", "a", "a")),
    api("POST", "/keys", ("a", "a", "a", "a"), name="n", scopes=["read"]),
    api("GET", "/keys/{key}", ("a", "a", "a", "a")),
    api("DELETE", "/keys/{key}", ("a", "a", "a", "a")),
    api("GET", "/webhooks", API_PERSON),
    api("POST", "/webhooks", API_PERSON, url="https://nowhere.example"),
    api("GET", "/webhooks/{webhook}", API_MINE),
    api("PATCH", "/webhooks/{webhook}", API_MINE, enabled=False),
    api("POST", "/webhooks/{webhook}/secret", API_MINE),
    api("POST", "/webhooks/{webhook}/ping", API_MINE),
    api("GET", "/webhooks/{webhook}/deliveries", API_MINE),
    api("POST", "/webhooks/{webhook}/deliveries/{delivery}/redeliver", API_MINE),
    api("DELETE", "/webhooks/{webhook}", API_MINE),
    api("POST", "/price", API_PERSON, tool="text_to_image", model="fake", params={}),
    api("GET", "/presets", API_PERSON),
    api("PUT", "/presets/{preset}", API_MINE, name="n", prompt="{{prompt}} n"),
    api("DELETE", "/presets/{preset}", API_MINE),
    api("GET", "/generations/{generation}", API_MINE),
    api("GET", "/inputs/{input}", API_MINE),
    api("GET", "/boards", API_PERSON),
    api("GET", "/boards/{board}", API_MINE),
    api("DELETE", "/boards/{board}", API_MINE),
    api("GET", "/boards/{board}/results", API_PERSON),
    api("GET", "/boards/{board}/versions", API_MINE),
    api("GET", "/boards/{board}/pins", API_MINE),
    api("GET", "/boards/{board}/thumbnail", API_MINE),
    api("POST", "/boards/{board}/steer", API_MINE, act="freeze"),
    get("/report/comment/{comment}/", ("x", "x", "x", "l")),
    api("GET", "/boards/{board}/authors", API_MINE),
    api("GET", "/boards/{board}/comments", API_MINE),
    api("POST", "/boards/{board}/comments", API_MINE, text="t", thread="{thread}"),
    api("PATCH", "/boards/{board}/comments/{comment}", API_MINE, text="t"),
    api("DELETE", "/boards/{board}/comments/{comment}", API_MINE),
    api("PUT", "/boards/{board}/comments/{comment}/reactions/like", API_MINE),
    api("DELETE", "/boards/{board}/comments/{comment}/reactions/like", API_MINE),
    api("PATCH", "/boards/{board}/threads/{thread}", API_MINE, resolved=True),
    api("GET", "/nothing", ("x", "x", "x", "x")),
)
WORKSHOPS = (
    get("/workshops/", ("o", "f", "o", "l")),
    get("/workshops/{workshop}/", TAUGHT),
    get("/workshops/{workshop}/wall/", MINE),
    get("/workshops/{workshop}/boards/", TAUGHT),
    get("/workshops/{workshop}/boards/state", TAUGHT),
    post("/workshops/{workshop}/boards/all/", TAUGHT, act="freeze"),
    get("/workshops/{workshop}/screen/", TAUGHT),
    get("/workshops/{workshop}/screen/state", TAUGHT),
    get("/boards/{board}/screen/", MINE),
    post("/boards/{board}/screen/link/", MINE),
    post("/workshops/{workshop}/print/", TAUGHT, number="1"),
    post("/workshops/{workshop}/change/", TAUGHT, name="n", seats="9", ends_on="2027-01-01"),
    post("/workshops/{workshop}/freeze/", TAUGHT, frozen="1"),
    post("/workshops/{workshop}/export/", TAUGHT),
    post("/workshops/{workshop}/people/{pupil}/password/", TAUGHT),
    post("/workshops/{workshop}/people/{pupil}/remove/", TAUGHT),
)
OPERATORS = ("f", "f", "f", "l")
OPERATIONS = (
    get("/operations/", OPERATORS),
    get("/operations/generations/{generation}/", OPERATORS),
    post("/operations/pause/", OPERATORS, target="gpu", why="x"),
    get("/generations/{generation}/timeline/", MINE),
    api("GET", "/generations/{generation}/timeline", API_MINE),
    get("/metrics", ("x", "x", "x", "x")),
)
MODERATION = (
    get("/moderation/", STAFF),
    post("/moderation/decide/", STAFF, case="{case}", act="hide", reason="other", words="x"),
    post("/moderation/answer/", STAFF, case="{case}", grant="1", words="x"),
    post("/moderation/next/", STAFF, case="{case}"),
    post("/moderation/undo/", STAFF),
    get("/moderation/{case}/image", STAFF),
    get("/moderation/private/", STAFF),
    get("/moderation/mine/", PERSON),
    get("/moderation/decisions/{decision}/", ("o", "x", "x", "x")),
)
RULES = (*PAGES, *WORKS, *THINGS, *WORKSHOPS, *OPERATIONS, *MODERATION)
# Addresses that no line of the table names, and where they are tested instead.
ELSEWHERE = {
    r"^accounts/": "allauth's own pages: tests/accounts",
    r"^admin/": "tests/gallery/test_admin.py, tests/accounts",
    r"^api/(<path:rest>)?$": "nothing is there: tests/studio/test_api.py",
    r"^api/v1/inputs$": "an upload: tests/studio/test_api.py",
    r"^api/v1/generations(/<generation_id>/cancel)?$": "POST: tests/studio/test_api_generations.py",
    r"^api/v1/metadata$": "an upload: tests/studio",
    r"^api/v1/timelapses$": "an upload: tests/studio",
    r"^api/v1/presets$": "POST: tests/studio/test_presets.py",
    r"^api/v1/boards/<board_id>(/duplicate|/versions/<number>|/pictures/<key>)$": "tests/studio/test_boards.py",
    r"^api/v1/boards/<board_id>/versions/<number>/restore$": "tests/studio/test_boards.py",
    r"^workshops/<int:workshop>/boards/<uuid:board>/$": "of a pupil's board: tests/studio/test_boardwall.py",
    r"^boards/<uuid:board>/small/": "by digest: tests/studio/test_boardwall.py",
    r"^comfy/": "for keys, never for cookies: tests/studio/comfy",
    r"^v1/": "by keys only: tests/flows/test_openai_client.py, tests/studio/compat",
    r"^sdapi/": "by keys only: tests/flows/test_a1111.py, tests/studio/compat",
}
