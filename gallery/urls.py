"""Addresses of the gallery."""

from django.urls import path

from gallery.moderation import judged, pages, private, reporting
from gallery.pages import bin as bin_pages
from gallery.pages import collections, comparisons, downloads, feeds, lists, marking, media, walls, workacts
from gallery.pages import shares as sharepages
from gallery.pages import work as workpages

app_name = "gallery"
urlpatterns = [
    path("gallery/", lists.own, name="list"),
    path("explore/", lists.explore, name="explore"),
    path("people/<str:name>/", lists.person, name="person"),
    path("tags/<str:name>/", lists.tag, name="tag"),
    path("explore/feed/", feeds.explore, name="explore_feed"),
    path("people/<str:name>/feed/", feeds.person, name="person_feed"),
    path("tags/<str:name>/feed/", feeds.tag, name="tag_feed"),
    path("gallery/<uuid:work>/", workpages.work_detail, name="work"),
    path("gallery/<uuid:work>/card/", marking.card, name="card"),
    path("gallery/<uuid:work>/info/", marking.info, name="info"),
    path("gallery/<uuid:work>/favourite/", marking.favourite, name="favourite"),
    path("gallery/<uuid:work>/like/", marking.like, name="like"),
    path("gallery/<uuid:work>/delete/", workpages.work_delete, name="delete"),
    path("gallery/<uuid:work>/words/", workacts.work_words, name="words"),
    path("gallery/<uuid:work>/visibility/", workacts.work_visibility, name="visibility"),
    path("gallery/<uuid:work>/saved/", workacts.work_saved, name="saved"),
    path("gallery/<uuid:work>/download/", downloads.work_download, name="download"),
    path("gallery/<uuid:work>/links/", sharepages.link_create, name="link_create"),
    path("gallery/<uuid:one>/compare/<uuid:other>/", comparisons.compare, name="compare"),
    path("gallery/<uuid:one>/compare/<uuid:other>/difference.png", comparisons.difference, name="difference"),
    path("links/<uuid:link>/end/", sharepages.link_revoke, name="link_revoke"),
    path("s/<slug:token>/", sharepages.shared, name="shared"),
    path("s/<slug:token>/<slug:role>", media.shared_file, name="shared_media"),
    path("s/<slug:token>/<uuid:work>/", sharepages.shared_work, name="shared_work"),
    path("s/<slug:token>/<uuid:work>/<slug:role>", media.shared_file, name="shared_work_media"),
    path("gallery/undo/", workpages.undo_deletion, name="undo"),
    path("gallery/bin/", bin_pages.bin_list, name="bin"),
    path("gallery/bin/restore/", bin_pages.bin_restore, name="bin_restore"),
    path("gallery/bin/empty/", bin_pages.bin_empty, name="bin_empty"),
    path("collections/", collections.collection_list, name="collections"),
    path("collections/new/", collections.collection_make, name="collection_make"),
    path("collections/<uuid:collection>/", collections.collection_detail, name="collection"),
    path("collections/<uuid:collection>/describe/", collections.collection_describe, name="collection_describe"),
    path("collections/<uuid:collection>/visibility/", collections.collection_visibility, name="collection_visibility"),
    path("collections/<uuid:collection>/links/", sharepages.collection_link_create, name="collection_link_create"),
    path("collections/<uuid:collection>/remove/", collections.collection_remove, name="collection_remove"),
    path("collections/<uuid:collection>/move/", collections.collection_move, name="collection_move"),
    path("collections/<uuid:collection>/order/", collections.collection_order, name="collection_order"),
    path("collections/<uuid:collection>/cover/", collections.collection_cover, name="collection_cover"),
    path("collections/<uuid:collection>/delete/", collections.collection_delete, name="collection_delete"),
    path("workshops/<int:workshop>/wall/", walls.wall, name="wall"),
    path("report/work/<uuid:work>/", reporting.report_work, name="report_work"),
    path("report/shared/<str:token>/", reporting.report_shared, name="report_shared"),
    path("report/shared/<str:token>/<uuid:work>/", reporting.report_shared, name="report_shared_work"),
    path("report/collection/<uuid:collection>/", reporting.report_collection, name="report_collection"),
    path("report/person/<str:name>/", reporting.report_person, name="report_person"),
    path("moderation/", pages.queue, name="moderation"),
    path("moderation/decide/", pages.decide, name="moderation_decide"),
    path("moderation/answer/", pages.answer, name="moderation_answer"),
    path("moderation/next/", pages.pass_over, name="moderation_next"),
    path("moderation/undo/", pages.undo, name="moderation_undo"),
    path("moderation/<int:case>/<slug:role>", pages.picture, name="moderation_picture"),
    path("moderation/private/", private.open_private, name="open_private"),
    path("moderation/mine/", judged.mine, name="judged"),
    path("moderation/decisions/<int:decision>/", judged.decision, name="decision"),
    path("media/works/<uuid:work>/<slug:role>", media.work_file, name="media"),
]
