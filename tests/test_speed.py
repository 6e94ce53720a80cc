"""A small version of the benchmarks guards their ratios: CPU time of whole processes, bounds twice what is measured.

What docs/figures.md states is measured by tests/bench on more items; here only what would be a change of kind fails.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import addresses
import corpus
import many
import runs as bench
from peers import measured, ours

FEW, MANY = 500, 2000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs wait4, to ask what a process took"),
]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, bench.Costs]:
    folder = tmp_path_factory.mktemp("speed")
    return {count: bench.built(count, 3, folder / str(count), "text", "--processes", "0") for count in (FEW, MANY)}


def test_a_run_with_nothing_new_costs_little_more_than_python_itself(costs: dict[int, bench.Costs]) -> None:
    for count in (FEW, MANY):
        assert costs[count].nothing.cpu < 6 * costs[count].bare.cpu


def test_asking_addresses_again_costs_a_few_times_as_much_as_python_itself(tmp_path: Path) -> None:
    with addresses.serving() as address:
        one, ten = (addresses.built(count, 3, tmp_path / str(count), address) for count in (1, 10))
    assert one.nothing.cpu < 10 * one.bare.cpu and ten.nothing.cpu < 20 * ten.bare.cpu


def test_a_site_of_many_with_nothing_new_costs_a_part_of_a_process(tmp_path: Path) -> None:
    costs = many.built(30, 50, tmp_path)
    assert costs.nothing.cpu / 30 < 0.5 * costs.alone.cpu


def test_ten_new_items_cost_the_same_whatever_is_stored(costs: dict[int, bench.Costs]) -> None:
    few, many = costs[FEW], costs[MANY]
    assert many.ten.cpu < 2 * few.ten.cpu  # four times as many: read again, they would cost nearly four times as much
    assert many.ten.cpu < many.first.cpu / 2


def test_a_first_build_grows_with_its_items_and_not_faster(costs: dict[int, bench.Costs]) -> None:
    assert costs[MANY].first.cpu < 1.6 * (MANY / FEW) * costs[FEW].first.cpu
    assert costs[MANY].first.peak < 120


def test_a_first_build_costs_a_few_times_as_much_as_the_script_that_people_write(tmp_path: Path) -> None:
    site = corpus.site(tmp_path / "site", FEW)
    script = str(Path(bench.__file__).parent / "peer_script.py")
    theirs = measured(sys.executable, script, str(site), str(tmp_path / "theirs"))
    our_own = ours(site, tmp_path / "ours", "--processes", "0")
    assert len(list((tmp_path / "theirs").rglob("*.xml"))) > 200
    assert our_own.cpu < 8 * theirs.cpu  # which tags by words, validates nothing, remembers nothing
