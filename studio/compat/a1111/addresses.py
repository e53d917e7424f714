"""Where programs for A1111 ask."""

from django.urls import path

from studio.compat.a1111 import views

urlpatterns = [
    path("sdapi/v1/txt2img", views.txt2img),
    path("sdapi/v1/img2img", views.img2img),
    path("sdapi/v1/progress", views.progress),
    path("sdapi/v1/interrupt", views.interrupt),
    path("sdapi/v1/options", views.options),
    path("sdapi/v1/sd-models", views.sd_models),
    path("sdapi/v1/samplers", views.samplers),
    path("sdapi/v1/schedulers", views.schedulers),
    path("sdapi/v1/upscalers", views.upscalers),
    path("sdapi/v1/png-info", views.png_info),
    path("sdapi/", views.unknown),
    path("sdapi/<path:rest>", views.unknown),
]
