"""Workload from a file that lists adapters: CSV, YAML or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from twin.files.errors import InputError
from twin.files.field_value import to_number, to_positive
from twin.sources.adapter_kinds import AdapterKinds, is_missing, optional_text
from twin.sources.adapter_rows import adapter_rows
from twin.sources.rate_sanity import PER_SECOND, RateUnit, check_rate, warn_of_total
from twin.sources.sharegpt import ShareGptModel, sharegpt_lengths
from twin.workload.adapter import Adapter
from twin.workload.adapter_name import base_name, check_adapter_path, to_adapter_name
from twin.workload.rank import BASE, to_rank
from twin.workload.workload import Workload

__all__ = ["read_adapters"]


def read_adapters(
    path: Path | str,
    prompt_tokens_mean: float | None = None,
    prompt_tokens_std: float | None = None,
    output_tokens_mean: float | None = None,
    output_tokens_std: float | None = None,
    arrival_cv: float = 1.0,
    base_model: str = "",
    rate_scale: float = 1.0,
    rate_unit: RateUnit | None = None,
    model: ShareGptModel = "llama-3.1-8b",
) -> Workload:
    """Read a file of adapters.

    A CSV file has a header with the columns ``name``, ``rank``, ``rate_req_s`` and optionally
    ``prompt_tokens_mean``, ``prompt_tokens_std``, ``output_tokens_mean``, ``output_tokens_std``,
    ``arrival_cv``, ``base_model`` and ``path``, the folder or repository that vLLM loads the
    adapter from, where it is not a folder of its name. A YAML or JSON file holds a list of
    mappings with the same keys, or such a list under the key ``adapters``. A field that is empty
    or null counts as missing.

    A row of rank 0, or without a name and a rank, is traffic of the base model: requests that no
    adapter is needed for.

    Lengths are log-normal with the given mean and standard deviation, prompt and output
    independent. A standard deviation of 0 means that all are alike; without one, the coefficient
    of variation is that of ShareGPT (1.1). Without a mean for either, lengths are ShareGPT's with
    their correlation; without a mean for one of them, that one has ShareGPT's distribution.

    Parameters
    ----------
    path : Path or str
        File that ends in .csv, .yaml, .yml or .json.
    prompt_tokens_mean, prompt_tokens_std, output_tokens_mean, output_tokens_std : float or None
        Used where the file gives none; None for ShareGPT's.
    arrival_cv : float
        Coefficient of variation of the gaps between requests where the file gives none; 1 is
        Poisson.
    base_model : str
        Base model where the file gives none.
    rate_scale : float
        Factor on all rates.
    rate_unit : {"s", "min", "h"} or None
        Time in which the file counts requests; None for seconds, if the rates can be that.
    model : {"llama-3.1-8b", "qwen-2.5-7b", "llama-2-7b"}
        Whose tokenizer counts ShareGPT's lengths.

    Raises
    ------
    InputError
        If the file cannot be read, a column is unknown or missing, or a value is out of range; or
        if no unit is given and one adapter would need many GPUs.

    Warns
    -----
    ToolkitWarning
        If no unit is given, and the rates together are unlike requests per second.
    """
    defaults = {
        "prompt_tokens_mean": prompt_tokens_mean,
        "prompt_tokens_std": prompt_tokens_std,
        "output_tokens_mean": output_tokens_mean,
        "output_tokens_std": output_tokens_std,
        "arrival_cv": arrival_cv,
    }
    if rate_unit not in (None, *PER_SECOND):
        raise InputError("rate_unit", f"{rate_unit!r} is not known", ", ".join(PER_SECOND))
    scale = to_positive("rate_scale", rate_scale) * PER_SECOND[rate_unit or "s"]
    for key, value in defaults.items():
        if value is not None and to_number(key, value, "a number") < 0:
            raise InputError(key, f"{value!r} is negative", "0 or more, or null")
    base_model = base_model.strip()
    kinds = AdapterKinds(defaults, base_model, sharegpt_lengths(model))
    adapters: dict[str, Adapter] = {}
    for where, row in adapter_rows(Path(path)):
        adapter = _adapter(where, row, base_model, scale, kinds)
        if rate_unit is None:
            check_rate(f"{where} ({adapter.name}), rate_req_s", adapter)
        if adapter.name in adapters:
            raise InputError(f"{where}, name", f"{adapter.name!r} appears twice", "rename one")
        adapters[adapter.name] = adapter
    if not adapters:
        raise InputError(str(path), "it lists no adapter", "give at least one")
    workload = Workload.of(adapters.values())
    if rate_unit is None:
        values = [adapter.rate / scale for adapter in workload.adapters]
        warn_of_total(f"{path}, rate_req_s", workload.adapters, values)
    return workload


def _adapter(
    where: str,
    row: Mapping[str, object],
    base_model: str,
    rate_scale: float,
    kinds: AdapterKinds,
) -> Adapter:
    named = not is_missing(row["name"])
    if named or not _is_base(where, row["rank"]):
        name = to_adapter_name(f"{where}, name", row["name"])
    else:
        name = base_name(optional_text(where, row, "base_model", base_model))
    place = f"{where} ({name})"
    path = optional_text(place, row, "path", "")
    if path:
        check_adapter_path(path, f"{where}, path")
    kind = kinds.kind(place, row, named=named)
    if path and kind.rank == BASE:
        problem = "requests for the base model need no adapter"
        raise InputError(f"{place}, path", problem, "leave it empty")
    rate = to_positive(f"{place}, rate_req_s", row["rate_req_s"]) * rate_scale
    try:
        return Adapter(name, kind.rank, rate, kind.lengths, kind.arrivals, kind.base_model, path)
    except InputError as error:
        raise InputError(f"{place}, {error.where}", error.problem, error.accepted) from None


def _is_base(where: str, rank: object) -> bool:
    return is_missing(rank) or to_rank(f"{where}, rank", rank, least=BASE) == BASE
