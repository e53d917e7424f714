"""Addresses of the studio: its pages, its health and its API."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.generic import RedirectView

from accounts import secretlinks
from studio.api import api, docs, not_found
from studio.compat.a1111 import addresses as a1111
from studio.compat.comfy import addresses as comfy
from studio.compat.openai import addresses as openai
from studio.views import (
    albums,
    api_keys,
    boards,
    boardwall,
    comments,
    health,
    joining,
    metrics,
    operations,
    own_data,
    pages,
    pins,
    reruns,
    sandbox,
    scenes,
    screens,
    timeline,
    use,
    webhooks,
    workshops,
    world,
)


class Token(StringConverter):
    """A secret that opens something (accounts/secretlinks.py)."""

    regex = rf"[A-Za-z0-9_-]{{{secretlinks.LENGTH}}}"


register_converter(Token, "token")
app_name = "studio"
urlpatterns = [
    path("", pages.home, name="home"),
    path("studio/", pages.studio, name="studio"),
    path("world/", world.page, name="world"),
    path("boards/", boards.board_list, name="boards"),
    path("boards/<uuid:board>/duplicate/", boards.board_duplicate, name="board_duplicate"),
    path("boards/<uuid:board>/rename/", boards.board_rename, name="board_rename"),
    path("boards/<uuid:board>/delete/", boards.board_delete, name="board_delete"),
    path("report/comment/<uuid:comment>/", comments.report, name="report_comment"),
    path("boards/<uuid:board>/leave/", boards.board_leave, name="board_leave"),
    # Codes of workshops (accounts/urls.py) are never as long.
    path("join/<token:token>/", joining.board_join, name="board_join"),
    path("join/<token:token>/picture/", joining.board_join_picture, name="board_join_picture"),
    path("boards/<uuid:board>/pins/<uuid:work>/<slug:role>", pins.pin_file, name="pin_file"),
    path("albums/", albums.album_list, name="albums"),
    path("albums/new/", albums.album_new, name="album_new"),
    path("albums/<uuid:album>/", albums.album_page, name="album"),
    path("albums/<uuid:album>/photos/", albums.album_add, name="album_add"),
    path("albums/<uuid:album>/<slug:act>/", albums.album_act, name="album_act"),
    path("scenes/", scenes.scene_list, name="scenes"),
    path("scenes/<uuid:scene>/", scenes.scene_page, name="scene"),
    path("sandbox/", sandbox.frame, name="sandbox"),
    path("sandbox/three.js", sandbox.three, name="sandbox_three"),
    path("account/use/", use.my_use, name="use"),
    path("account/keys/", api_keys.key_list, name="api_keys"),
    path("account/keys/new/", api_keys.key_new, name="api_key_new"),
    path("account/keys/<slug:prefix>/revoke/", api_keys.key_revoke, name="api_key_revoke"),
    path("account/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("account/webhooks/<uuid:webhook>/", webhooks.webhook_page, name="webhook"),
    path("account/webhooks/<uuid:webhook>/<slug:act>/", webhooks.webhook_act, name="webhook_act"),
    path(
        "account/webhooks/<uuid:webhook>/deliveries/<uuid:delivery>/again/",
        webhooks.webhook_again,
        name="webhook_again",
    ),
    path("account/data/", own_data.own_data, name="own_data"),
    path("boards/<uuid:board>/small/<slug:digest>.webp", boardwall.small, name="board_small"),
    path("boards/<uuid:board>/screen/", screens.of_board, name="board_screen"),
    path("boards/<uuid:board>/screen/link/", screens.link, name="board_screen_link"),
    path("workshops/<int:workshop>/screen/", screens.of_workshop, name="workshop_screen"),
    path("workshops/<int:workshop>/screen/state", screens.state, name="workshop_screen_state"),
    path("workshops/<int:workshop>/boards/", boardwall.page, name="boardwall"),
    path("workshops/<int:workshop>/boards/state", boardwall.state, name="wall_state"),
    path("workshops/<int:workshop>/boards/all/", boardwall.act_all, name="wall_act_all"),
    path("workshops/<int:workshop>/boards/<uuid:board>/", boardwall.act, name="wall_act"),
    path("workshops/<int:workshop>/export/", workshops.export, name="workshop_export"),
    path("account/data/archives/", own_data.archive_ask, name="archive_ask"),
    path("account/data/archives/<uuid:archive>.zip", own_data.archive_file, name="archive_file"),
    path("account/data/archives/<uuid:archive>/discard/", own_data.archive_discard, name="archive_discard"),
    path("account/data/delete/", own_data.account_delete, name="account_delete"),
    path("gallery/<uuid:work>/rerun/", reruns.rerun, name="rerun"),
    path("gallery/<uuid:work>/rerun/<uuid:generation>/", reruns.result, name="rerun_result"),
    path("generations/<uuid:generation>/timeline/", timeline.own, name="timeline"),
    path("operations/", operations.page, name="operations"),
    path("operations/generations/<uuid:generation>/", operations.generation, name="operations_generation"),
    path("operations/<slug:act>/", operations.act, name="operations_act"),
    path("metrics", metrics.metrics, name="metrics"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", RedirectView.as_view(pattern_name="studio:api_docs")),
    path("api/v1/docs", docs.page, name="api_docs"),
    path("api/v1/", api.urls),
    path("api/", not_found),
    path("api/<path:rest>", not_found),
    *openai.urlpatterns,
    *a1111.urlpatterns,
    *comfy.urlpatterns,
]
