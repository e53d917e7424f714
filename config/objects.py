"""The same shelves in a bucket of S3 or what speaks like it (MinIO, Ceph, R2): set BRUSHWIRE_S3_BUCKET.

Loaded only then; needs requirements-s3.txt. The bucket is private: every byte goes through the studio, which has looked
who asks. Whatever the bucket answers is told as OSError, and what is not there as FileNotFoundError, as for files.
"""

import base64
import hashlib
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

# An object that was touched so lately (seconds) is fresh enough for the sweep (SWEEP_AFTER): no need to do it again.
FRESH = 600.0
BUFFER = 256 * 1024
ABSENT = ("404", "NoSuchKey", "NotFound")


class Bucket(S3Storage):
    """django-storages' bucket with our patience, one client for all threads, and reading from the middle."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"default_acl": None} | options))
        # A bucket that does not answer costs a request seconds, not minutes.
        patience = Config(connect_timeout=3, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
        self.client_config: Config = self.client_config.merge(patience)
        self._making = threading.Lock()
        self._made: Any = None

    @property
    def _client(self) -> Any:
        """One for all threads, which may share it; django-storages makes one for each, and that takes 0.2 s."""
        with self._making:
            if self._made is None:
                self._made = self.connection.meta.client
            return self._made

    def _opened(self, key: str) -> io.BufferedReader:
        with _told():
            size = self._client.head_object(Bucket=self.bucket_name, Key=key)["ContentLength"]
        return io.BufferedReader(_Object(self._client, self.bucket_name, key, size), BUFFER)

    def _listed(self) -> Iterator[tuple[str, float]]:
        """The last part of every name under `location`, and when it was written (seconds since the epoch)."""
        pages = self._client.get_paginator("list_objects_v2")
        with _told():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=f"{self.location}/"):
                for found in page.get("Contents", ()):
                    yield found["Key"].rpartition("/")[2], found["LastModified"].timestamp()


class WholeStorage(Bucket):
    """Files by their names (studio/files/parcels.py)."""

    def take(self, path: Path, name: str) -> None:
        """Put the file at `path` there as `name`."""
        with _told():
            self._client.upload_file(str(path), self.bucket_name, f"{self.location}/{name}")

    def open_named(self, name: str) -> io.BufferedReader:
        """The file called `name`; FileNotFoundError when there is none."""
        return self._opened(f"{self.location}/{name}")

    def remove_named(self, name: str) -> None:
        """Remove it if it is there."""
        with _told():
            self._client.delete_object(Bucket=self.bucket_name, Key=f"{self.location}/{name}")

    def named(self) -> Iterator[tuple[str, float]]:
        """Every name and when it was written (seconds since the epoch)."""
        return self._listed()


class ObjectStorage(Bucket):
    """Objects named `<location>/ab/cd/<sha256>`, like config.storage.ContentStorage."""

    def keep(self, data: bytes) -> str:
        """Put `data` there; return its SHA-256 in hex. What is there already is touched, so that the sweep sees it as
        fresh: the caller is about to name it."""
        digest = hashlib.sha256(data).hexdigest()
        with _told():
            if not self._touch(self._key(digest)):
                checksum = base64.b64encode(bytes.fromhex(digest)).decode()
                self._client.put_object(
                    Bucket=self.bucket_name, Key=self._key(digest), Body=data, ChecksumSHA256=checksum
                )
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes kept under `digest`; FileNotFoundError when there are none."""
        with _told():
            found = self._client.get_object(Bucket=self.bucket_name, Key=self._key(digest))
            data: bytes = found["Body"].read()
            return data

    def open_kept(self, digest: str) -> io.BufferedReader:
        """What is kept under `digest`, to read any part of it; FileNotFoundError when there is nothing."""
        return self._opened(self._key(digest))

    def name_of(self, digest: str) -> str:
        """The name inside this storage of the file whose SHA-256 is `digest`."""
        return f"{digest[:2]}/{digest[2:4]}/{digest}"

    def digests(self) -> Iterator[tuple[str, float]]:
        """Every kept object as (SHA-256, time of last touch in seconds since the epoch)."""
        return self._listed()

    def remove_older(self, digest: str, limit: float) -> bool:
        """Remove what is kept under `digest` if it was last touched before `limit`; whether it was."""
        key = self._key(digest)
        try:
            with _told():
                if self._touched(key) >= limit:
                    return False
                self._client.delete_object(Bucket=self.bucket_name, Key=key)
        except FileNotFoundError:  # another sweep was faster
            return False
        return True

    def remove_torn(self, limit: float) -> int:
        """A bucket never shows half an object."""
        return 0

    def _key(self, digest: str) -> str:
        return f"{self.location}/{self.name_of(digest)}"

    def _touched(self, key: str) -> float:
        found = self._client.head_object(Bucket=self.bucket_name, Key=key)
        return float(found["LastModified"].timestamp())

    def _touch(self, key: str) -> bool:
        """Whether it is there, and fresh from now on. The bucket's clock may go wrong by some of FRESH."""
        try:
            if self._touched(key) > time.time() - FRESH:
                return True
            same = {"Bucket": self.bucket_name, "Key": key}
            self._client.copy_object(
                **same, CopySource=same, MetadataDirective="REPLACE", Metadata={"touched": f"{time.time():.0f}"}
            )
        except ClientError as error:
            if _is_absent(error):
                return False
            raise
        return True


class _Object(io.RawIOBase):
    """One object, read from where one seeks to; a request is made when something is read there."""

    def __init__(self, client: Any, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self._client, self._bucket, self._key, self._size = client, bucket, key, size
        self._position = 0
        self._body: Any = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See io."""
        wanted = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if wanted != self._position:
            self._let_go()
        self._position = wanted
        return wanted

    def readinto(self, buffer: Any) -> int:
        """See io."""
        if self._position >= self._size:
            return 0
        with _told():
            if self._body is None:
                part = f"bytes={self._position}-"
                self._body = self._client.get_object(Bucket=self._bucket, Key=self._key, Range=part)["Body"]
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """See io."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise (FileNotFoundError if _is_absent(error) else OSError)(f"the bucket: {error}") from error
    except (BotoCoreError, S3UploadFailedError) as error:
        raise OSError(f"the bucket: {error}") from error


def _is_absent(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in ABSENT
