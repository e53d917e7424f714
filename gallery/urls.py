"""Addresses of the gallery."""

from django.urls import path

from gallery import media, views, workpages

app_name = "gallery"
urlpatterns = [
    path("gallery/", views.work_list, name="list"),
    path("gallery/<uuid:work>/", workpages.work_detail, name="work"),
    path("gallery/<uuid:work>/delete/", workpages.work_delete, name="delete"),
    path("gallery/undo/", workpages.undo_deletion, name="undo"),
    path("media/works/<uuid:work>/<slug:role>", media.work_file, name="media"),
]
