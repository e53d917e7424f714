"""Settings of the typical Channels + Celery project: Channels' core Redis layer, everything else as in our tests."""

from config.settings.base import redis_url
from config.settings.test import *  # noqa: F403

CORE_LAYER = {"hosts": [{"address": redis_url(5), "socket_timeout": None}], "capacity": 1000}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": CORE_LAYER}}
TYPICAL_BROKER = redis_url(6, celery=True)
