"""Kinds of adapters in a file: what rows have in common but for name, path and rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twin.files.errors import InputError
from twin.files.field_value import to_name, to_number
from twin.sources.adapter_rows import LENGTH_COLUMNS
from twin.workload.arrivals import ArrivalProcess, renewal_arrivals
from twin.workload.lengths import (
    MOST_TOKENS,
    CopulaLengths,
    FixedLength,
    LengthDistribution,
    LengthModel,
    LogNormalLength,
)
from twin.workload.rank import BASE, to_rank

__all__ = ["AdapterKind", "AdapterKinds", "is_missing", "optional_text"]

_COLUMNS = ("rank", *LENGTH_COLUMNS, "arrival_cv", "base_model")


@dataclass(frozen=True, slots=True)
class AdapterKind:
    """Rank, lengths, arrivals and base model, as `twin.workload.adapter.Adapter` has them."""

    rank: int
    lengths: LengthModel
    arrivals: ArrivalProcess
    base_model: str


class AdapterKinds:
    """Reads what rows have in common, once for all that have the same.

    Lengths and arrivals are one object for all adapters that have the same: thousands of adapters
    are compared by their objects.

    Parameters
    ----------
    defaults : mapping of str to float or None
        Mean and deviation of the lengths, and variation of the gaps, where a row has none.
    base_model : str
        Base model where a row has none.
    usual : CopulaLengths
        Lengths where neither gives any.
    """

    def __init__(
        self, defaults: Mapping[str, float | None], base_model: str, usual: CopulaLengths
    ) -> None:
        self._defaults = defaults
        self._base_model = base_model
        self._usual = usual
        self._kinds: dict[tuple[object, ...], AdapterKind] = {}
        self._lengths: dict[tuple[float | None, ...], LengthModel] = {}
        self._arrivals: dict[float, ArrivalProcess] = {}

    def kind(self, where: str, row: Mapping[str, object], *, named: bool) -> AdapterKind:
        """What kind of adapter a row describes.

        Parameters
        ----------
        where : str
            File, row and name, for messages.
        row : mapping of str to object
        named : bool
            Whether it has a name; one without a name and a rank is for the base model.

        Raises
        ------
        InputError
            If a value is out of range, or none.
        """
        values = tuple(map(row.get, _COLUMNS))
        key = named, tuple(map(type, values)), values  # True is equal to 1, and no number
        try:
            known = self._kinds.get(key)
        except TypeError:  # a list or a mapping, of which the reason says where it is
            known = None
        if known is None:
            known = self._kinds[key] = self._read(where, row, named)
        return known

    def _read(self, where: str, row: Mapping[str, object], named: bool) -> AdapterKind:
        given = {key: self._optional(where, row, key) for key in LENGTH_COLUMNS}
        rank = BASE
        if named or not is_missing(row["rank"]):
            rank = to_rank(f"{where}, rank", row["rank"], least=BASE)
        return AdapterKind(
            rank,
            self._lengths_of(where, given),
            self._arrivals_of(where, self._optional(where, row, "arrival_cv")),
            optional_text(where, row, "base_model", self._base_model),
        )

    def _optional(self, where: str, row: Mapping[str, object], key: str) -> float | None:
        value = row.get(key)
        if is_missing(value):
            return self._defaults[key]
        return to_number(f"{where}, {key}", value, "a number, or nothing")

    def _lengths_of(self, where: str, given: Mapping[str, float | None]) -> LengthModel:
        key = tuple(given.values())
        if key not in self._lengths:
            usual = self._usual
            prompt = _distribution(where, "prompt_tokens", given, usual.prompt)
            output = _distribution(where, "output_tokens", given, usual.output)
            if prompt is None:
                both = usual if output is None else CopulaLengths(usual.prompt, output)
            elif output is None:
                both = replace(usual, prompt=prompt, correlation=0.0)
            else:
                both = CopulaLengths(prompt, output)
            self._lengths[key] = both
        return self._lengths[key]

    def _arrivals_of(self, where: str, cv: float | None) -> ArrivalProcess:
        cv = 1.0 if cv is None else cv
        if cv not in self._arrivals:
            try:
                self._arrivals[cv] = renewal_arrivals(cv)
            except InputError as error:
                raise InputError(
                    f"{where}, {error.where}", error.problem, error.accepted
                ) from None
        return self._arrivals[cv]


def is_missing(value: object) -> bool:
    """Whether a field counts as missing: it is null, or an empty text."""
    return value is None or (isinstance(value, str) and not value.strip())


def optional_text(where: str, row: Mapping[str, object], key: str, default: str) -> str:
    """Text of a field, without blanks around it; the default where it is missing.

    Raises
    ------
    InputError
        If it is no text.
    """
    value = row.get(key)
    if is_missing(value):
        return default
    if isinstance(value, str):
        return value.strip()
    return to_name(f"{where}, {key}", value)


def _distribution(
    where: str, name: str, given: Mapping[str, float | None], usual: LengthDistribution
) -> LengthDistribution | None:
    """Distribution of one length; None where nothing is given."""
    mean, std = given[f"{name}_mean"], given[f"{name}_std"]
    if mean is None:
        if std is not None:
            raise InputError(f"{where}, {name}_std", f"{std:g} is given without {name}_mean")
        return None
    if not 1 <= mean <= MOST_TOKENS:
        problem = f"{mean:g} is {'below 1' if mean < 1 else 'too large'}"
        raise InputError(f"{where}, {name}_mean", problem, f"1 to {MOST_TOKENS} tokens")
    if std is not None and not 0 <= std <= MOST_TOKENS:
        problem = f"{std:g} is {'negative' if std < 0 else 'too large'}"
        raise InputError(f"{where}, {name}_std", problem, f"0 to {MOST_TOKENS} tokens")
    if std == 0:
        return FixedLength(mean)
    if std is None:
        std = mean * usual.std / usual.mean
        if std > MOST_TOKENS:
            problem = f"{mean:g} is too large for the usual deviation of {std:.3g} tokens"
            raise InputError(f"{where}, {name}_mean", problem, f"say {name}_std")
    return LogNormalLength(mean, std)
