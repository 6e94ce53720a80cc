"""Upload the published folder: to storage that speaks S3, to a server over SFTP or by rsync, or to any other place that
fsspec knows (FTP, Google Cloud Storage, Azure, WebDAV).

Only what changed since the last upload to that place; what others lead to before what leads there. Nothing is ever
taken away: what was published once stays.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import shlex
import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from feeds import config, publish
from feeds.deploy.devserver import MAX_AGE
from feeds.feed import paths
from feeds.fetch import process
from feeds.history import History
from feeds.model import ConfigError, Origin, Problem, PublishError, SourceError

_OBJECT_STORES = ("gs", "gcs", "abfs", "abfss", "az", "oss", "memory")  # which write a whole object or none
_PASSWORD = "FEEDS_UPLOAD_PASSWORD"  # of the environment: one in an address ends in logs
_EXPECTED = (
    "expected s3://bucket/prefix, sftp://user@host/folder, rsync:user@host:/folder, or an address that fsspec knows, "
    "as ftps://user@host/folder, gs://bucket/prefix or webdavs://user@host/folder"
)
_RSYNC = "rsync:"
_SAID, _LONGEST = 1 << 20, 3600  # bytes that rsync may print, seconds that a call of it may take
_EXTRA = "needs more packages; install them: pip install 'feeds[upload]'"


class _Target(Protocol):
    """A place for documents."""

    def put(self, path: str, data: bytes, content_type: str) -> None:
        """Write a document completely or not at all; any exception is a failure."""

    def close(self) -> None:
        """Close the connection."""


class _Storage:
    """A bucket of S3 storage and a prefix in it; credentials come from the environment (AWS_*)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        import s3fs

        self._files = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
        self._root = posixpath.join(bucket, prefix)

    def put(self, path: str, data: bytes, content_type: str) -> None:
        stated = {"ContentType": content_type, "CacheControl": f"max-age={MAX_AGE}"}
        self._files.pipe_file(posixpath.join(self._root, path), data, **stated)

    def close(self) -> None:
        pass  # each document was a request of its own


class _Server:
    """A folder on a server over SFTP, whose key must be in ~/.ssh/known_hosts."""

    def __init__(self, address: str, identity: Path | None) -> None:
        import paramiko
        from fsspec.implementations.sftp import SFTPFileSystem

        class Known(SFTPFileSystem):  # type: ignore[misc]
            """Connects to known servers only; the default accepts any key."""

            def _connect(self) -> None:
                self.client = paramiko.SSHClient()
                self.client.load_system_host_keys()
                self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
                try:
                    self.client.connect(self.host, **self.ssh_kwargs)
                    self.ftp = self.client.open_sftp()
                except BaseException:
                    self.client.close()
                    raise

        parts = urlsplit(address)
        stated = {"port": parts.port or 22, "username": parts.username, "timeout": 30}
        if identity:
            stated |= {"key_filename": str(identity), "look_for_keys": False}
        self._files: Any = Known(parts.hostname or "", skip_instance_cache=True, **stated)
        self._root = parts.path or "."
        self._made: set[str] = set()

    def put(self, path: str, data: bytes, content_type: str) -> None:
        place, beside = _put_beside(self._files, posixpath.join(self._root, path), data, self._made)
        self._files.ftp.chmod(beside, 0o644)
        self._files.ftp.posix_rename(beside, place)

    def close(self) -> None:
        self._files.client.close()


def _put_beside(files: Any, place: str, data: bytes, made: set[str]) -> tuple[str, str]:
    """Write a file beside the place that it shall have; return that place and where it is.

    Args:
        made: folders that are there; the one of the place is added.
    """
    folder = posixpath.dirname(place)
    if folder not in made:
        files.makedirs(folder, exist_ok=True)
        made.add(folder)
    beside = posixpath.join(folder, f".feeds-{posixpath.basename(place)}")
    files.pipe_file(beside, data)
    return place, beside


class _Place:
    """A folder at any place that fsspec knows."""

    def __init__(self, target: str) -> None:
        import fsspec

        scheme, _, rest = target.partition("://")
        stated: dict[str, Any] = {"password": os.environ[_PASSWORD]} if os.environ.get(_PASSWORD) else {}
        if scheme == "ftps":
            scheme, stated = "ftp", {**stated, "tls": True}
        self._is_store = scheme in _OBJECT_STORES
        self._files, self._root = fsspec.url_to_fs(f"{scheme}://{rest}", skip_instance_cache=True, **stated)
        self._made: set[str] = set()

    def put(self, path: str, data: bytes, content_type: str) -> None:
        place = posixpath.join(self._root, path)
        if self._is_store:
            self._files.pipe_file(place, data)
            return
        place, beside = _put_beside(self._files, place, data, self._made)
        try:
            self._files.mv(beside, place)
        except Exception:  # some servers of FTP and WebDAV do not replace what is there
            if not self._files.exists(place):
                raise
            self._files.rm_file(place)
            self._files.mv(beside, place)

    def close(self) -> None:
        pass  # the library closes what it has opened


def upload(target: str, site: Path, output: Path, identity: Path | None = None) -> Iterator[str | Problem]:
    """Upload what was published; yield each path, or what went wrong.

    Where it went wrong it ends; the next run goes on from there.

    Args:
        target: "s3://bucket/prefix", "sftp://user@host/folder", "rsync:user@host:/folder", or an address that fsspec
            knows.
        identity: the file of a private key, for SFTP; without one those of the agent and of ~/.ssh.

    Raises:
        ConfigError: the target is no such place, or the packages for it are missing.
        LockedError, HistoryError: as for build.
        PublishError: nothing was published yet.
    """
    settings = config.load_config(site)
    folder = publish.served_folder(output, settings.publish.generations)
    if not settings.history.exists():
        raise PublishError(output, "holds nothing of this site yet; run feeds build first")
    with publish.lock(site), History(settings.history) as history:
        if publish.is_taken_back(settings.history, output, settings.publish.generations):
            documents = list(_as_they_are(history, target, folder))
        else:
            documents = history.documents.not_uploaded(target)
        # What others refer to is uploaded before what refers to it; among them what is new before what changed.
        documents = sorted(documents, key=lambda row: paths.publication_stage(row[0]))
        if target.startswith("s3:"):  # which sends one document for an address, whoever asks
            documents = [(path, digest) for path, digest in documents if not path.endswith(paths.PACKED)]
        if documents and target.startswith(_RSYNC):
            yield from _synchronise(documents, target, identity, folder, history)
        elif documents:
            with contextlib.closing(_open_target(target, identity)) as opened:
                yield from _upload(documents, opened, target, folder, history)


def _as_they_are(history: History, target: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """The documents that are not at a target as they are in the folder, where the history knows what was taken back."""
    for path, there in history.documents.uploaded(target):
        now = publish.stat_by_bytes(folder, path)
        if now and now.digest != there:
            yield path, now.digest


def _read(folder: Path, path: str, digest: bytes) -> bytes | Problem:
    """Return a document, or what is wrong with it."""
    try:
        data = (folder / path).read_bytes()
    except OSError:
        data = b""
    if publish.digest(data) == digest:
        return data
    message = "is not as it was published; run feeds build, which mends it, and upload again"
    return Problem(Origin("", str(folder / path), 0), "not-as-published", message)


def _synchronise(
    documents: list[tuple[str, bytes]], target: str, identity: Path | None, folder: Path, history: History
) -> Iterator[str | Problem]:
    """Upload by the program rsync: what others refer to in one call, what refers to it in the next.

    Each call has an hour.
    """
    program = shutil.which("rsync")
    if program is None:
        raise ConfigError(target, "needs the program rsync; install it, or upload over SFTP")
    place = target if target.startswith(f"{_RSYNC}//") else target.removeprefix(_RSYNC)
    shell = ["ssh", "-o", "BatchMode=yes", *(["-i", str(identity)] if identity else [])]
    command = [program, "-t", "--chmod=D755,F644", "--delay-updates", "-e", shlex.join(shell), "--files-from=-", "--"]
    for _, group in groupby(documents, key=lambda row: paths.publication_stage(row[0])):
        rows = list(group)
        for path, digest in rows:
            if isinstance(found := _read(folder, path, digest), Problem):
                yield found
                return
        names = "".join(f"{path}\n" for path, _ in rows)
        try:
            process.run([*command, f"{folder.resolve()}/", place], Path(), _SAID, _LONGEST, names.encode())
        except SourceError as error:
            message = f"rsync failed: {error.message}; the next upload goes on from here"
            yield Problem(Origin("", target, 0), "upload", message)
            return
        for path, digest in rows:
            with history.transaction():
                history.documents.set_uploaded(target, path, digest)
            yield path


def _upload(
    documents: list[tuple[str, bytes]], opened: _Target, target: str, folder: Path, history: History
) -> Iterator[str | Problem]:
    for path, digest in documents:
        data = _read(folder, path, digest)
        if isinstance(data, Problem):
            yield data
            return
        try:
            opened.put(path, data, paths.media_type(path) or "application/octet-stream")
        except Exception as error:  # of whatever library: botocore, paramiko, the system
            message = f"did not take '{path}': {error or type(error).__name__}; the next upload goes on from here"
            yield Problem(Origin("", target, 0), "upload", message)
            return
        with history.transaction():
            history.documents.set_uploaded(target, path, digest)
        yield path


def _open_target(target: str, identity: Path | None) -> _Target:
    parts = urlsplit(target)
    if "://" not in target or not (parts.netloc or parts.scheme in ("file", "memory")):
        raise ConfigError(target, f"is not a valid upload target; {_EXPECTED}")
    if parts.password is not None:
        place = f"{parts.scheme}://{parts.hostname}"
        raise ConfigError(
            place, f"has a password in its address, which ends in logs; use a key (--identity FILE), or {_PASSWORD}"
        )
    try:
        if parts.scheme == "s3":
            return _Storage(parts.netloc, parts.path.strip("/"))
        return _Server(target, identity) if parts.scheme == "sftp" else _Place(target)
    except ImportError as error:
        needed = _EXTRA if parts.scheme in ("s3", "sftp") else f"{_EXTRA}, and what fsspec asks for: {error}"
        raise ConfigError(target, needed) from None
    except ValueError as error:  # fsspec knows no such protocol
        raise ConfigError(target, f"is not a valid upload target: {error}; {_EXPECTED}") from None
    except Exception as error:
        raise PublishError(target, f"cannot be reached: {error or type(error).__name__}") from None
