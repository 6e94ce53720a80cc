"""Run by shared/reliability/fault.py in the folder of a disturbed run: is every public file old or new, whole, linked?

    python fault_check.py OLD NEW [SERVED]      folders with the output before the run, and after an undisturbed one

Prints the class of the damage and exits with 1 where there is some. After the fault each file is one of the two; after
the next run (FAULT_PHASE=rerun) all are the new ones. SERVED is the folder with the output, "out" where nothing is
said; where it is a link (to a generation) no two files may be of different outputs, not even after the fault.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

from lxml import etree

LINK = re.compile(rb'https://feeds\.example\.org/([^<"#]+\.(?:xml|html|json))')


def damage(old: Path, new: Path, output: Path, is_healed: bool) -> str:
    """The class of the damage, "" for none."""
    names = {
        path.relative_to(folder).as_posix() for folder in (old, new) for path in folder.rglob("*") if path.is_file()
    }
    here = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    litter = {name for name in here if name.startswith(".feeds-")}
    if here - litter - names:
        return "unknown file"
    for name in sorted(names):
        allowed = [folder / name for folder in ([new] if is_healed else [old, new])]
        bodies = [path.read_bytes() for path in allowed if path.exists()]
        if name not in here:
            if len(bodies) == len(allowed):
                return f"missing {name}"
            continue
        body = (output / name).read_bytes()
        if body not in bodies:
            return f"neither old nor new {name}"
        if name.endswith((".xml", ".json")):
            etree.fromstring(body) if name.endswith(".xml") else json.loads(body)
            for link in LINK.findall(body):
                if link.decode() not in here:
                    return f"dangling {name} -> {link.decode()}"
    if output.is_symlink() and not is_healed and not any(_same(output, folder) for folder in (old, new)):
        return "mixed"
    return "litter" if is_healed and (litter or list(Path("out").glob(".feeds-*"))) else ""


def _same(one: Path, other: Path) -> bool:
    contents = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (one, other)
    ]
    return contents[0] == contents[1]


if __name__ == "__main__":
    found = damage(
        Path(sys.argv[1]), Path(sys.argv[2]), Path([*sys.argv, "out"][3]), os.environ.get("FAULT_PHASE") == "rerun"
    )
    print(found or "whole")
    sys.exit(bool(found))
