"""Where OpenAI's clients ask."""

from django.urls import path

from studio.compat.openai import views

urlpatterns = [
    path("v1/images/generations", views.generations),
    path("v1/images/edits", views.edits),
    path("v1/images/variations", views.variations),
    path("v1/models", views.models),
    path("v1/models/<str:name>", views.model),
    path("v1/pictures/<str:token>.<str:kind>", views.picture, name="openai_picture"),
    path("v1/", views.unknown),
    path("v1/<path:rest>", views.unknown),
]
