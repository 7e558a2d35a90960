"""The package's recorded experiments, for tests of what pages say of them."""

from __future__ import annotations

from functools import cache

from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.grid import key_of_run
from resattn_tutorial.experiments.outcome import Outcome, outcome
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.ledger.store import RUN_FILES, RUNS, read_run


@cache
def ledger() -> Ledger:
    """The package's runs; that they are fresh is tested elsewhere, and takes long."""
    runs = [read_run(path) for path in sorted(RUNS.glob(RUN_FILES))]
    probed = [run for run in runs if "probe" in run.results.scores]
    return Ledger({key_of_run(run): run for run in probed}, {}, {})


@cache
def found(name: str) -> Outcome:
    """What is recorded of an experiment."""
    return outcome(EXPERIMENTS[name], ledger())
