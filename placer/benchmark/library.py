"""The library of instances: a folder with one folder for each family."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from placer.benchmark.instance import RULES, BestKnown, Instance, to_yaml
from placer.benchmark.row import Row
from twin.files.atomic_write import write_text
from twin.files.errors import InputError

__all__ = ["contradictions", "library_folder", "read_library", "update_library"]


def library_folder() -> Path:
    """Folder of the instances that come with the project: in the package, or in its checkout."""
    package = Path(__file__).parent
    installed = package / "instances"
    return installed if installed.is_dir() else package.parents[1] / "tests/benchmarks/instances"


def read_library(
    folder: Path, suites: Collection[str] = (), rule: str = RULES[0]
) -> list[Instance]:
    """Instances of a folder, by family and name.

    Parameters
    ----------
    folder : Path
        Holds a folder for each family with one YAML file for each instance, and ``profiles``.
    suites : collection of str
        Families, or names of instances; all where it is empty.
    rule : str
        One of `placer.benchmark.instance.RULES`.

    Raises
    ------
    InputError
        If there is no such folder or suite, or a file is wrong.
    """
    paths = sorted(path for path in folder.glob("*/*.yaml") if path.parent.name != "profiles")
    if not paths:
        raise InputError(str(folder), "it holds no instances", "give --instances FOLDER")
    known = {name for path in paths for name in (path.parent.name, path.stem)}
    for suite in suites:
        if suite not in known:
            families = ", ".join(sorted({path.parent.name for path in paths}))
            raise InputError("--suite", f"{suite!r} is unknown", f"families: {families}")
    return [
        Instance.read(path, rule)
        for path in paths
        if not suites or path.parent.name in suites or path.stem in suites
    ]


def update_library(folder: Path, instances: Iterable[Instance], rows: Iterable[Row]) -> list[str]:
    """Write better values and bounds into the files of their instances, beside their rule.

    Values count where the placement passed verification, or is not simulated. Rows by another rule
    than that of the instances do not.

    Returns
    -------
    list of str
        Names of the instances that changed.
    """
    by_instance = _by_instance(rows)
    changed = []
    for instance in instances:
        best: dict[str, BestKnown | None] = dict(instance.best_known)
        for row in by_instance.get((instance.name, instance.rule), []):
            best[row.objective] = _better(best.get(row.objective), row)
        known = {name: entry for name, entry in best.items() if entry is not None}
        if known != dict(instance.best_known):
            of_rule = {name: _plain(entry) for name, entry in known.items()}
            both = dict(instance.data["best_known"]) | {instance.rule: of_rule}
            data = dict(instance.data) | {"best_known": both}
            path = folder / instance.family / f"{instance.name}.yaml"
            write_text(path, to_yaml(data))
            changed.append(instance.name)
    return changed


def contradictions(instances: Iterable[Instance], rows: Iterable[Row]) -> list[str]:
    """Bounds above a value that is known, in words: one of the two is wrong.

    Parameters
    ----------
    instances : iterable of Instance
    rows : iterable of Row
        Those of the instances' rule count.
    """
    by_instance = _by_instance(rows)
    return [
        f"{instance.name} by {row.objective}: the bound {row.lower_bound[0]:g} of {row.strategy} "
        f"is above {known.value[0]:g}, which {known.found_by} found"
        for instance in instances
        for row in by_instance.get((instance.name, instance.rule), [])
        if (known := instance.best_known.get(row.objective)) is not None
        and tuple(row.lower_bound) > known.value
    ]


def _by_instance(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Rows by the name and the rule of their instance."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.instance, row.rule), []).append(row)
    return found


def _better(known: BestKnown | None, row: Row) -> BestKnown | None:
    value, bound = tuple(row.value), tuple(row.lower_bound)
    if known is None:
        return BestKnown(value, bound, row.strategy) if row.feasible else None
    if row.feasible and value < known.value:
        known = BestKnown(value, known.lower_bound, row.strategy)
    return BestKnown(known.value, min(known.value, max(known.lower_bound, bound)), known.found_by)


def _plain(best: BestKnown) -> dict[str, Any]:
    return {
        "value": list(best.value),
        "lower_bound": list(best.lower_bound),
        "found_by": best.found_by,
    }
