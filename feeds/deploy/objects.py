"""One object of S3 storage, read and written under conditions; and a lease, which one machine has at a time."""

from __future__ import annotations

import contextlib
import email.utils
import json
import secrets
import threading
import time
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from feeds.model import ConfigError, FeedsError, LockedError

LEASE_SECONDS = 60  # that a lease holds without a word from who has it
_PAUSE = 2.0  # seconds between two looks at a lease that another has


class StorageError(FeedsError):
    """The storage cannot be used: nothing is published."""

    code = "storage"


class ChangedError(Exception):
    """The object is not as the condition says."""


class Stored(NamedTuple):
    """An object: its bytes, and the ETag that stands for them."""

    data: bytes
    etag: str


class StoredObject:
    """An object at an address like "s3://bucket/key"; who may use it is said by the environment (AWS_*).

    Raises:
        ConfigError: the packages for it are missing.
    """

    def __init__(self, url: str) -> None:
        try:
            import s3fs
        except ImportError:
            raise ConfigError(url, "needs more packages; install them: pip install 'feeds[upload]'") from None
        parts = urlsplit(url)
        self.url, self._place = url, {"Bucket": parts.netloc, "Key": parts.path.lstrip("/")}
        # Answers of 5xx are asked for again by the library, a condition that does not hold is not.
        self._files = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)

    def get(self) -> Stored | None:
        """Return the object, None where there is none.

        Raises:
            StorageError: it cannot be told.
        """
        head = self.head()
        if head is None:
            return None
        try:
            data = self._files.cat_file("{Bucket}/{Key}".format(**self._place))
        except Exception as error:  # of whatever library
            raise StorageError(self.url, f"cannot be read: {error or type(error).__name__}") from None
        return Stored(data, head["ETag"])  # if it changed between the two, a condition on this ETag does not hold

    def head(self) -> dict[str, Any] | None:
        """Return what the storage says of the object, None where there is none."""
        try:
            found: dict[str, Any] = self._call("head_object")
        except FileNotFoundError:
            return None
        return found

    def put(self, data: bytes, etag: str | None) -> str:
        """Write the object if it still is as an ETag says (None: if there is none); return its new ETag.

        Raises:
            ChangedError: it is not.
            StorageError: it cannot be written.
        """
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        try:
            return str(self._call("put_object", Body=data, **condition)["ETag"])
        except (FileNotFoundError, FileExistsError):
            raise ChangedError from None

    def remove(self) -> None:
        """Take the object away."""
        self._call("delete_object")

    def _call(self, method: str, **more: Any) -> Any:
        try:
            return self._files.call_s3(method, **self._place, **more)
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:  # of whatever library: botocore, aiohttp, the system
            code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code", "")
            if code in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise ChangedError from None
            raise StorageError(self.url, f"cannot be used: {error or type(error).__name__}") from None


class Lease:
    """The right of one machine to work on what is at an address; a context manager.

    It is an object beside that. Who has it writes it again and again; where nobody did for LEASE_SECONDS, by the clock
    of the storage, another may take it.

    Args:
        wait: seconds that are waited for another to end.

    Raises:
        LockedError: another has it.
        StorageError: it cannot be told.
    """

    def __init__(self, url: str, wait: float) -> None:
        self._object = StoredObject(f"{url}.lease")
        self._wait, self._mine = wait, json.dumps({"by": secrets.token_hex(16)}).encode()
        self._etag = ""
        self._is_over = threading.Event()
        self._is_lost = False

    def __enter__(self) -> Lease:
        for left in range(round(self._wait / _PAUSE), -1, -1):
            if self._take():
                threading.Thread(target=self._keep, daemon=True).start()
                return self
            if left:
                time.sleep(_PAUSE)
        message = f"another machine is at work on this site; if it is gone, its lease ends in {LEASE_SECONDS} seconds"
        raise LockedError(self._object.url, message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        if not self._is_lost and self._renew():
            with contextlib.suppress(StorageError):  # then it ends by itself
                self._object.remove()

    def check(self) -> None:
        """Do nothing while the lease is held.

        Raises:
            LockedError: another has taken it: this machine was silent for too long.
        """
        if self._is_lost:
            raise LockedError(self._object.url, "another machine took over, for this one was silent for too long")

    def _take(self) -> bool:
        head = self._object.head()
        if head is not None and not _is_expired(head):
            return False
        try:
            self._etag = self._object.put(self._mine, head["ETag"] if head else None)
        except ChangedError:
            return False
        return True

    def _keep(self) -> None:
        while not self._is_over.wait(LEASE_SECONDS / 4):
            if not self._renew():
                self._is_lost = True
                return

    def _renew(self) -> bool:
        try:
            self._object.put(self._mine, self._etag)
        except ChangedError:
            return False
        except StorageError:  # it may answer the next time; the lease holds for a while
            return True
        return True


def _is_expired(head: dict[str, Any]) -> bool:
    """Return True if an object is older than a lease may be, by the clock of the storage alone."""
    now = email.utils.parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
    return bool((now - head["LastModified"]).total_seconds() > LEASE_SECONDS)
