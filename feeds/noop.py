"""Tell whether a build would do nothing, from sizes and times alone, before anything else is imported.

A run that succeeded writes a plan: the files and folders that it read, each with size and time, and the addresses that
it asked. The next run compares them (what_to_ask), asks the servers again, and starts a build when anything differs or
cannot be told. Also holds what the command line and
this check must agree on: the defaults of the command and the current time. Imports nothing of ours, and of Python only
what is loaded anyway, and sqlite3.
"""

from __future__ import annotations

import os
import time
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself is not loaded for it
    from collections.abc import Callable, Iterable, Mapping, Sequence

    # Of each source at an address its name, how it is asked, and what its server said last: see fetch.recheck.
    Addresses = Sequence[tuple[str, str, str]]

OUTPUT = "output"  # default of --output
PLACE = "{site}"  # in --output: the name of the folder of a site, where there are several
MOST_PROCESSES = 64  # that anybody may ask for


def current_time(environment: Mapping[str, str]) -> float:
    """Return what a run takes for the time where --now does not say it, in seconds since 1970: SOURCE_DATE_EPOCH, or
    the clock. Nothing else reads the clock.
    """
    epoch = environment.get("SOURCE_DATE_EPOCH", "")
    return int(epoch) if epoch.isascii() and epoch.isdigit() and len(epoch) < 12 else time.time()


def default_site() -> str:
    """Return the SITE of a command that names none: this folder where it has a feeds.toml, else seeds."""
    return "." if os.path.isfile("feeds.toml") else "seeds"


_OPTIONS = {"-q": "quiet", "--quiet": "quiet", "-o": "output", "--output": "output", "--processes": "processes"}


def parse_plain_build(arguments: Sequence[str]) -> tuple[str, str, bool] | None:
    """Return site, output, and whether quiet, of a plain `feeds build`; None for anything else, --now among it."""
    if arguments[:1] != ["build"] and arguments[:1] != ("build",):
        return None
    values: dict[str, str] = {}
    rest = iter(arguments[1:])
    for argument in rest:
        # Of a short option the value is the next argument, or (which is left to the command) stands right behind it.
        option, has_value, value = argument.partition("=") if argument[:2] == "--" else (argument, "", "")
        name = _OPTIONS.get(option, "") if argument[:1] == "-" else "site"
        if not name or (name == "quiet" and has_value) or (name == "site" and name in values):
            return None
        if name in ("output", "processes") and not has_value:
            value = next(rest, "")
        values[name] = argument if name == "site" else value
    processes = values.get("processes", "0")
    if not processes.isdecimal() or int(processes) > MOST_PROCESSES:
        return None
    site, output = values.get("site") or default_site(), values.get("output", OUTPUT)
    return (site, output, "quiet" in values) if site and output else None


KEY = "plan"  # of the state in the history
_HISTORY = ".history.sqlite3"
_UNDONE = f"{_HISTORY}.previous/undone"  # publish.previous: what was published last was taken back
_FIELDS = {
    "code": 1,
    "site": 1,
    "output": 1,
    "until": 1,
    "source": 1,
    "served": 2,
    "file": 2,
    "folder": 2,
    "address": 2,
}
FETCHED = "fetched:{}"  # key of the state in the history: what the server of a source said of its document


def snapshot(files: Iterable[str], folders: Iterable[str]) -> list[str]:
    """Return how files and folders are now: taken before they are read, so that what changes meanwhile is read again.

    Args:
        files: those that a configuration names, itself among them; one that is missing is noted as that.
        folders: those in which sources look for files.
    """
    return [f"file\t{path}\t{_stamp(path)}" for path in files] + [f"folder\t{path}\t{_names(path)}" for path in folders]


def make_plan(
    site: str,
    output: str,
    served: str,
    sources: Iterable[str],
    addresses: Mapping[str, str],
    stamps: Iterable[str],
    until: int,
) -> str:
    """Return what a run rested on, as text; "" where a look could not tell.

    Args:
        served: the folder that holds what is published, of an output with generations the one of them.
        sources: the names of those that are files.
        addresses: the names of those at an address, and how each is to be asked again, as fetch.recheck writes it.
        stamps: what snapshot() returned.
        until: seconds since 1970 when something is to be said that is not said now; 0 for never.
    """
    lines = [f"code\t{_code()}", f"site\t{os.path.realpath(site)}", f"output\t{os.path.realpath(output)}"]
    lines += [f"served\t{os.path.relpath(served, output)}\t{os.path.realpath(served)}", f"until\t{until}"]
    lines += [*(f"source\t{name}" for name in sources), *stamps]
    lines += [f"address\t{name}\t{how}" for name, how in addresses.items()]
    if served != output:
        lines += snapshot((), [output])
    is_clear = all(line.count("\t") == _FIELDS[line.partition("\t")[0]] and "\n" not in line for line in lines)
    return "\n".join(lines) if is_clear else ""


def what_to_ask(arguments: Sequence[str], now: float, at_terminal: bool) -> Addresses | None:
    """Return what servers are still to be asked, before it is known that the build which these arguments of the command
    ask for would do nothing and say nothing; None where it has something to do.

    Args:
        now: seconds since 1970.
        at_terminal: whether somebody is there to be told that nothing was done.
    """
    asked = parse_plain_build(arguments)
    if asked is None or (at_terminal and not asked[2]):
        return None
    site, output, _ = asked
    return addresses_to_ask(site, output, now)


def addresses_to_ask(site: str, output: str, now: float) -> Addresses | None:
    """Return what what_to_ask does for a plain build of a site into an output."""
    history = os.path.join(site, _HISTORY)
    if not os.path.exists(history) or os.path.exists(os.path.join(site, _UNDONE)):
        return None
    import sqlite3

    try:
        address = history.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
        db = sqlite3.connect(f"file:{address}?mode=ro", uri=True, timeout=0)
    except sqlite3.Error:
        return None
    try:
        return _unless_changed(db, site, output, now)
    except (sqlite3.Error, OSError, ValueError):
        return None
    finally:
        db.close()


def _unless_changed(db: object, site: str, output: str, now: float) -> Addresses | None:
    """Return what to ask if everything on this machine is as the plan in the history says."""
    query = db.execute  # type: ignore[attr-defined]
    of_key = "SELECT value FROM state WHERE key = ?"
    found = query(of_key, (KEY,)).fetchone()
    if not found or not found[0]:
        return None
    served, sources, addresses = "", [], []
    for line in found[0].split("\n"):
        kind, value, *rest = line.split("\t")
        if kind == "source":
            sources.append(value)
        elif kind == "address":
            [stated] = query(of_key, (FETCHED.format(value),)).fetchone() or [""]
            addresses.append((value, rest[0], stated))
        elif not _line_holds(kind, value, rest, site, output, now):
            return None
        elif kind == "served":
            served = rest[0]
    dirty = "SELECT EXISTS (SELECT 1 FROM feeds WHERE dirty) OR EXISTS (SELECT 1 FROM entries WHERE dirty)"
    if query(dirty).fetchone()[0]:
        return None
    places = ", ".join("?" * len(sources))
    inputs = query(f"SELECT document, size, mtime_ns FROM source_documents WHERE source IN ({places})", sources)
    documents = query("SELECT path, size, mtime_ns FROM documents INDEXED BY documents_live WHERE live")
    is_same = _are_as_stored(site, inputs, os.stat) and _are_as_stored(served, documents, os.lstat)
    return addresses if is_same else None


def _are_as_stored(folder: str, rows: Iterable[tuple[str, int, int]], look: Callable[[str], os.stat_result]) -> bool:
    return all(_stamp(os.path.join(folder, path), look) == f"{size} {mtime_ns}" for path, size, mtime_ns in rows)


def _line_holds(kind: str, value: str, rest: Sequence[str], site: str, output: str, now: float) -> bool:
    """Return True if a line of the plan still says what is."""
    if kind == "code":
        return value == _code()
    if kind in ("site", "output"):
        return value == os.path.realpath(site if kind == "site" else output)
    if kind == "served":
        return rest[0] == os.path.realpath(os.path.join(output, value))
    if kind == "until":
        return value == "0" or now < int(value)
    if kind == "file":
        return _stamp(value) == rest[0]
    return kind == "folder" and _names(value) == rest[0]


def _stamp(path: str, look: Callable[[str], os.stat_result] = os.stat) -> str:
    """Size and modification time of a file, "-" where there is none."""
    try:
        found = look(path)
    except OSError:
        return "-"
    return "{} {}".format(*file_stamp(found))


def file_stamp(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a file that changed: its size in bytes, and when it was last written, in nanoseconds."""
    return status.st_size, status.st_mtime_ns


def _names(folder: str) -> str:
    """A digest of what a folder holds, but for hidden files, which are nobody's news."""
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    return f"{len(names)} {zlib.crc32(os.fsencode('/'.join(names)))}"


_CODE: list[str] = []  # its digest, once it was made


def _code() -> str:
    """A digest of this program's files: another version looks anew."""
    if not _CODE:
        _CODE.append(_digest_of_code())
    return _CODE[0]


def _digest_of_code() -> str:
    found = []
    folders = [os.path.dirname(os.path.abspath(__file__))]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        folders.append(entry.path)
                else:
                    state = entry.stat()
                    found.append("{} {} {}".format(entry.path, *file_stamp(state)))
    return str(zlib.crc32(os.fsencode("\n".join(sorted(found)))))
