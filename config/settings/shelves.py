"""Where what people made is kept: in folders of this machine, or in a bucket of S3 that all machines share."""

from typing import Any

from config.env import env

# A bucket's name: works, boards and inputs go there. Who we are is told as all of AWS' programs are told: by
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's role.
S3_BUCKET = env.str("BRUSHWIRE_S3_BUCKET", default="")
S3_PREFIX = env.str("BRUSHWIRE_S3_PREFIX", default="brushwire").strip("/")
S3_ENDPOINT = env.str("BRUSHWIRE_S3_ENDPOINT", default="")
S3_REGION = env.str("BRUSHWIRE_S3_REGION", default="")
S3_PATH_STYLE = env.bool("BRUSHWIRE_S3_PATH_STYLE", default=False)


def shelf(name: str, media: str, kind: str = "ObjectStorage") -> dict[str, Any]:
    """The storage called `name`, as an entry of STORAGES; `kind` is the class in a bucket."""
    if not S3_BUCKET:
        return {"BACKEND": "config.storage.ContentStorage", "OPTIONS": {"location": f"{media}/{name}"}}
    options = {
        "bucket_name": S3_BUCKET,
        "location": f"{S3_PREFIX}/{name}".strip("/"),
        "endpoint_url": S3_ENDPOINT or None,
        "region_name": S3_REGION or None,
        "addressing_style": "path" if S3_PATH_STYLE else "auto",
    }
    return {"BACKEND": f"config.objects.{kind}", "OPTIONS": options}
