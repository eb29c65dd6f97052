"""Dataset: simulated engines and statistics of their traffic, in memory and as a Parquet file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from estimators.dataset.labels import LABELS
from estimators.features.engine_figures import FIGURE_NAMES
from estimators.features.traffic_statistics import STATISTIC_NAMES
from twin.files.atomic_write import write_bytes
from twin.files.errors import InputError

__all__ = ["Dataset"]

FloatArray = NDArray[np.float64]

_GROUPS = (
    ("statistics", "traffic_", STATISTIC_NAMES),
    ("engines", "engine_", FIGURE_NAMES),
    ("labels", "", LABELS),
)


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Engines, their traffic, and what simulations said.

    Parameters
    ----------
    scenario : ndarray of shape (n,)
        Number of the scenario; rows of one scenario differ in the total rate only.
    seconds : ndarray of shape (n,)
        Window that was simulated.
    statistics : ndarray of shape (n, NUM_STATISTICS)
        See `estimators.features.traffic_statistics`.
    engines : ndarray of shape (n, NUM_FIGURES)
        See `estimators.features.engine_figures`.
    labels : ndarray of shape (n, len(LABELS))
        See `estimators.dataset.labels`.
    provenance : mapping of str to str
        What it was made from: profile and its fingerprint, version of the code, seed, and more.
    """

    scenario: NDArray[np.int64]
    seconds: FloatArray
    statistics: FloatArray
    engines: FloatArray
    labels: FloatArray
    provenance: Mapping[str, str]

    def __len__(self) -> int:
        return int(self.scenario.size)

    @property
    def fingerprint(self) -> str:
        """Of the profile that was simulated, or `EVERY_ENGINE`."""
        return self.provenance["fingerprint"]

    @property
    def starvation_threshold(self) -> float:
        """Share of its traffic below which an engine, or an adapter, was labelled as starved."""
        return float(self.provenance["starvation_threshold"])

    def label(self, name: str) -> FloatArray:
        """One of the `LABELS`, of shape (n,)."""
        column: FloatArray = self.labels[:, LABELS.index(name)]
        return column

    def take(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Dataset:
        """Some of the rows."""
        return Dataset(
            self.scenario[rows],
            self.seconds[rows],
            self.statistics[rows],
            self.engines[rows],
            self.labels[rows],
            self.provenance,
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Dataset]) -> Dataset:
        """Join parts, in order; the provenance is that of the first."""
        return cls(
            np.concatenate([part.scenario for part in parts]),
            np.concatenate([part.seconds for part in parts]),
            np.concatenate([part.statistics for part in parts]),
            np.concatenate([part.engines for part in parts]),
            np.concatenate([part.labels for part in parts]),
            parts[0].provenance,
        )

    def write(self, path: Path | str) -> None:
        """Write a Parquet file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        columns: dict[str, NDArray[np.generic]] = {
            "scenario": self.scenario,
            "seconds": self.seconds,
        }
        for group, prefix, names in _GROUPS:
            table = getattr(self, group)
            columns |= {f"{prefix}{name}": table[:, k] for k, name in enumerate(names)}
        table = pa.table(columns).replace_schema_metadata(dict(self.provenance))
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        write_bytes(path, buffer.getvalue())

    @classmethod
    def read(cls, path: Path | str) -> Dataset:
        """Read what `write` wrote.

        Raises
        ------
        InputError
            If it cannot be read, or lacks a column.
        """
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException) as error:
            problem = f"cannot be read as Parquet ({' '.join(str(error).split())})"
            raise InputError(str(path), problem) from None
        columns = set(table.column_names)
        for name in (
            "scenario",
            "seconds",
            *(f"{p}{name}" for _, p, names in _GROUPS for name in names),
        ):
            if name not in columns:
                raise InputError(str(path), f"has no column {name}", "generate it again")
        groups = {
            group: np.column_stack([table[f"{prefix}{name}"].to_numpy() for name in names])
            for group, prefix, names in _GROUPS
        }
        metadata = table.schema.metadata or {}
        provenance = {key.decode(): value.decode() for key, value in metadata.items()}
        return cls(
            table["scenario"].to_numpy(),
            table["seconds"].to_numpy(),
            provenance=provenance,
            **groups,
        )
