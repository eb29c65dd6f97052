"""Workload from ServeGen's clients: one adapter for each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.field_value import to_number, to_positive
from twin.sources.rank_mix import RankMix, deal_ranks
from twin.workload.adapter import Adapter
from twin.workload.adapter_name import to_adapter_name
from twin.workload.arrivals import GammaArrivals
from twin.workload.lengths import CopulaLengths, LengthModel, LogNormalLength
from twin.workload.workload import Workload

__all__ = ["servegen_workload"]

_RATE_COLUMNS = ("client_id", "timestamp_s", "rate", "cv")
_LENGTH_COLUMNS = ("client_id", "mean_input_tokens", "mean_output_tokens")


@dataclass(slots=True)
class _Client:
    """Sums over the windows of one client."""

    rate: float = 0.0
    rate_times_cv: float = 0.0


def servegen_workload(
    path: Path | str,
    token_means: Path | str | None = None,
    num_adapters: int | None = None,
    total_rate: float = 20.0,
    start: float = 0.0,
    end: float | None = None,
    length_cv: float = 1.0,
    rank_mix: RankMix | None = None,
    seed: int = 0,
) -> Workload:
    """Clients of ServeGen (arXiv 2505.09999) as adapters.

    A client is a tenant, which is what an adapter is. Its rate is the mean over the windows of the
    period, in which windows that the file does not list count as 0, scaled so that all clients
    together send ``total_rate``, as ServeGen's rates are relative weights. Its gaps are
    gamma-distributed with the coefficient of variation of its windows, weighted by rate. Its
    lengths are log-normal with its mean numbers of tokens; clients without any get those of the
    others, weighted by rate. That rates change from window to window is left out; choose a period
    with ``start`` and ``end`` to place for that time of the day.

    Parameters
    ----------
    path : Path or str
        CSV file with the columns client_id, timestamp_s, rate and cv, one row for each client and
        window (``m-small_rates_14d.csv``).
    token_means : Path, str or None
        CSV file with the columns client_id, mean_input_tokens and mean_output_tokens; None for the
        one beside ``path`` whose name ends in ``_token_means.csv``.
    num_adapters : int or None
        Only the clients with the highest rates; None for all.
    total_rate : float
        Rate of all adapters together in requests/s.
    start, end : float
        Period in seconds; ``end`` None for all that follows.
    length_cv : float
        Coefficient of variation of prompt and output lengths, which ServeGen's means do not tell.
    rank_mix : mapping of int to float, sequence of int, or None
        Share of the adapters by rank, or ranks in equal parts; None for 8, 16 and 32.
    seed : int
        Of the ranks.

    Raises
    ------
    InputError
        If a file or a value cannot be accepted, or no client is active in the period.
    """
    path = Path(path)
    to_positive("total_rate", total_rate)
    to_positive("length_cv", length_cv)
    clients = _read_clients(path, start, math.inf if end is None else end)
    if not clients:
        raise InputError(
            str(path), f"no client sends requests from {start:g} s to {end} s", "choose others"
        )
    names = sorted(clients, key=lambda name: -clients[name].rate)
    if num_adapters is not None:
        if not 1 <= num_adapters <= len(names):
            raise InputError(
                "num_adapters", f"{num_adapters} of {len(names)} clients", f"1 to {len(names)}"
            )
        names = names[:num_adapters]
    total = sum(clients[name].rate for name in names)
    lengths = _client_lengths(_means_path(path, token_means), names, clients, length_cv)
    ranks = deal_ranks(rank_mix, len(names), np.random.default_rng(seed))
    return Workload.of(
        Adapter(
            f"client-{name}",
            rank,
            clients[name].rate / total * total_rate,
            lengths[name],
            GammaArrivals(clients[name].rate_times_cv / clients[name].rate),
        )
        for name, rank in zip(names, ranks, strict=True)
    )


def _read_clients(path: Path, start: float, end: float) -> dict[str, _Client]:
    """Sums of the clients that are active in a period."""
    clients: dict[str, _Client] = {}
    for where, row in csv_rows(path, _RATE_COLUMNS):
        name = to_adapter_name(f"{where}, client_id", row["client_id"])
        time = to_number(f"{where}, timestamp_s", row["timestamp_s"], "a number of seconds")
        rate = _not_negative(f"{where}, rate", row["rate"])
        cv = to_positive(f"{where}, cv", row["cv"])
        if start <= time < end and rate > 0:
            sums = clients.setdefault(name, _Client())
            sums.rate += rate
            sums.rate_times_cv += rate * cv
    return clients


def _means_path(path: Path, given: Path | str | None) -> Path:
    if given is not None:
        return Path(given)
    model, found = re.subn(r"_rates_\w+\.csv$", "", path.name)
    if not found:
        raise InputError(
            "token_means", f"no file of token means belongs to {path.name}", "name one"
        )
    return path.with_name(f"{model}_token_means.csv")


def _client_lengths(
    path: Path, names: Sequence[str], clients: dict[str, _Client], cv: float
) -> dict[str, LengthModel]:
    """Lengths of each client; those without means share the others' mean."""
    means: dict[str, tuple[float, float]] = {}
    for where, row in csv_rows(path, _LENGTH_COLUMNS):
        name = to_adapter_name(f"{where}, client_id", row["client_id"])
        prompt, output = (
            max(1.0, _not_negative(f"{where}, {column}", row[column]))
            for column in _LENGTH_COLUMNS[1:]
        )
        means[name] = (prompt, output)
    known = [name for name in names if name in means]
    if not known:
        raise InputError(str(path), "it has none of the clients", "name the file that belongs")
    weights = [clients[name].rate for name in known]
    usual = np.average([means[name] for name in known], axis=0, weights=weights)
    common = _log_normal(float(usual[0]), float(usual[1]), cv)
    return {name: _log_normal(*means[name], cv) if name in means else common for name in names}


def _log_normal(prompt: float, output: float, cv: float) -> CopulaLengths:
    return CopulaLengths(
        LogNormalLength(prompt, cv * prompt), LogNormalLength(output, cv * output)
    )


def _not_negative(where: str, value: object) -> float:
    accepted = "a number that is not negative"
    number = to_number(where, value, accepted)
    if number < 0:
        raise InputError(where, f"{value!r} is negative", accepted)
    return number
