"""Adapters that are served while a server is measured: names, ranks, where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from twin.files.csv_rows import csv_rows
from twin.files.errors import InputError
from twin.files.field_value import to_name
from twin.files.plain_data import read_json
from twin.measure.client import ServedModel
from twin.measure.plan import Engine
from twin.measure.random_adapters import write_random_adapter
from twin.workload.rank import LEGAL_RANKS, to_rank

__all__ = ["MeasuredAdapter", "adapters_of_file", "adapters_of_server", "random_adapters"]


@dataclass(frozen=True, slots=True)
class MeasuredAdapter:
    """An adapter.

    Parameters
    ----------
    name : str
        That requests use.
    rank : int
    path : str
        Where the server loads it from; empty where it has it already.
    """

    name: str
    rank: int
    path: str


def adapters_of_file(path: Path | str) -> list[MeasuredAdapter]:
    """Adapters of a CSV file with the columns name, rank and path.

    Raises
    ------
    InputError
        If the file cannot be read, a value is not acceptable, or a name is there twice.
    """
    adapters: dict[str, MeasuredAdapter] = {}
    for where, row in csv_rows(path, ("name", "rank", "path")):
        name = to_name(f"{where}, column name", row["name"])
        if name in adapters:
            raise InputError(where, f"{name!r} is there twice", "names that differ")
        rank = to_rank(f"{where}, column rank", row["rank"])
        adapters[name] = MeasuredAdapter(name, rank, row["path"].strip())
    if not adapters:
        raise InputError(str(path), "it has no adapter")
    return list(adapters.values())


def random_adapters(engine: Engine, folder: Path, config: Path) -> list[MeasuredAdapter]:
    """As many random adapters as an engine is measured with, of all ranks that its slots hold.

    Parameters
    ----------
    engine : Engine
    folder : Path
        Where their files are made, one for each rank.
    config : Path
        ``config.json`` of the model.

    Raises
    ------
    InputError
        As for `write_random_adapter`.
    """
    if not engine.max_loras:
        return []
    ranks = [r for r in LEGAL_RANKS if min(8, engine.max_lora_rank) <= r <= engine.max_lora_rank]
    paths = {rank: str(write_random_adapter(folder, config, rank)) for rank in ranks}
    cycle = (ranks[i % len(ranks)] for i in range(engine.num_adapters))
    return [MeasuredAdapter(f"r{rank}-{i}", rank, paths[rank]) for i, rank in enumerate(cycle)]


def adapters_of_server(
    models: Sequence[ServedModel], known: Sequence[MeasuredAdapter]
) -> list[MeasuredAdapter]:
    """Adapters that a server has already; their ranks from a file, or from where it loaded them.

    Raises
    ------
    InputError
        If the rank of one is not to be found.
    """
    by_name = {adapter.name: adapter for adapter in known}
    found = []
    for model in models:
        if model.is_adapter:
            rank = by_name[model.name].rank if model.name in by_name else _rank_in(model)
            found.append(MeasuredAdapter(model.name, rank, ""))
    return found


def _rank_in(model: ServedModel) -> int:
    path = Path(model.path) / "adapter_config.json"
    if not model.path or not path.is_file():
        raise InputError(
            f"adapter {model.name}",
            f"its rank is not known: there is no file {path} here",
            "give --adapters, a CSV with the columns name, rank and path",
        )
    config = read_json(path)
    return to_rank(f"{path}, r", config.get("r") if isinstance(config, dict) else None)
