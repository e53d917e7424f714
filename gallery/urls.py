"""Addresses of the gallery."""

from django.urls import path

from gallery import media, views

app_name = "gallery"
urlpatterns = [
    path("gallery/", views.work_list, name="list"),
    path("gallery/<uuid:work>/", views.work_detail, name="work"),
    path("gallery/<uuid:work>/delete/", views.work_delete, name="delete"),
    path("media/works/<uuid:work>/<slug:role>", media.work_file, name="media"),
]
