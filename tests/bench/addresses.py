"""What a run costs whose sources are at addresses, and nothing changed; whole processes, beside `python -c pass`.

    python tests/bench/addresses.py [--rounds 7] [1 10 …]     with the `feeds` of the same virtual environment

A server on this machine answers 304 to a request with its ETag (RFC 9110 13.1.2). CPU of the runs, not of the server.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import corpus
from peers import Cost, measured, median, ours, place

ITEMS = 100  # of each source
_HEAD = '[site]\ntitle = "Bench"\nbase_url = "https://bench.example/"\nauthority = "bench.example"\nyear = 2020\n'


class Costs(NamedTuple):
    """What builds of one site cost."""

    bare: Cost  # python -c pass
    first: Cost
    nothing: Cost


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        number = self.path.strip("/")
        if not number.isdecimal():
            self.send_error(404)
        elif self.headers.get("If-None-Match") == f'"{number}"':
            self.send_response(304)
            self.end_headers()
        else:
            with tempfile.TemporaryFile("w+", encoding="utf-8") as made:
                corpus.write_text(corpus.items(ITEMS, int(number) * ITEMS), made)
                made.seek(0)
                body = made.read().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{number}"')
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _serve(port: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        port.send(server.server_port)
        server.serve_forever()


@contextmanager
def serving() -> Iterator[str]:
    """Yield the address of a server in a process of its own: /1, /2 … are listings."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.kill()
        process.join()


def make_site(folder: Path, sources: int, address: str) -> Path:
    """Write a site with so many sources."""
    folder.mkdir(parents=True)
    tables = (
        f'[[sources]]\nname = "news{number}"\nurl = "{address}/{number}"\nprivate = true\n'
        for number in range(1, sources + 1)
    )
    (folder / "feeds.toml").write_text(_HEAD + "".join(tables))
    return folder


def built(sources: int, rounds: int, folder: Path, address: str) -> Costs:
    """What builds of a site with so many sources cost; medians, but for the first build."""
    site, output = make_site(folder / "site", sources, address), folder / "output"
    first = ours(site, output)
    turns = [(measured(sys.executable, "-c", "pass"), ours(site, output)) for _ in range(rounds)]
    bare, nothing = (median(list(of_one)) for of_one in zip(*turns, strict=True))
    return Costs(bare, first, nothing)


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("sources", type=int, nargs="*", default=[1, 10])
    asked.add_argument("--rounds", type=int, default=7)
    given = asked.parse_args()
    print("| addresses | first build, CPU s | nothing new | wall s |\n|---|---|---|---|")
    with serving() as address:
        for count in given.sources:
            with tempfile.TemporaryDirectory(dir=place()) as folder:
                costs = built(count, given.rounds, Path(folder), address)
            ratio = costs.nothing.cpu / costs.bare.cpu
            print(f"| {count} | {costs.first.cpu:.2f} | {ratio:.1f} times | {costs.nothing.wall:.2f} |", flush=True)


if __name__ == "__main__":
    main()
