"""Storage that speaks S3, on loopback: moto, as the real one is a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from servers import CLIENTS, free_port, running

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def running_storage() -> Iterator[dict[str, str]]:
    """Yield the environment in which it is found; it has a bucket named "bucket"."""
    pytest.importorskip("s3fs", reason="needs the extra 'upload'")
    moto = CLIENTS / "venv/bin/moto_server"
    if not moto.exists():
        pytest.skip("needs moto (.ci/clients installs it)")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running([str(moto), "-H", "127.0.0.1", "-p", str(port)], port):
        import httpx

        httpx.put(f"{address}/bucket")
        yield {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}
