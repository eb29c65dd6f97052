"""Digests of a user's own option files: by them a change of one is noticed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from hydra.conf import ConfigSourceInfo, HydraConf

from estimators.console.option_files import named_options
from placer.console.input_digests import digest
from twin.files.errors import InputError
from twin.files.plain_data import read_yaml

__all__ = ["OptionFolders"]


class OptionFolders:
    """Folders in which Hydra looks for options, the product's own among them.

    Parameters
    ----------
    sources : sequence of ConfigSourceInfo
        ``config_sources`` of Hydra's runtime; the first one that has an option gives it.
    """

    def __init__(self, sources: Sequence[ConfigSourceInfo]) -> None:
        kinds = {"file": Path, "pkg": _package}
        known = [source for source in sources if source.schema in kinds]
        self._folders = [(kinds[s.schema](s.path), s.schema == "file") for s in known]

    def digests(self, run: HydraConf) -> dict[str, str]:
        """SHA-256 (hex) of the user's option files that a run was composed of.

        Parameters
        ----------
        run : HydraConf
            Hydra's part of its configuration.

        Returns
        -------
        dict of str to str
            By the name of the file in its folder, such as ``strategy/mine.yaml``.
        """
        chosen = [("", str(run.job.config_name))]
        for group, options in run.runtime.choices.items():
            several = options if isinstance(options, Sequence) else [options]
            names = [options] if isinstance(options, str) else several
            chosen += [(group.partition("@")[0], str(name)) for name in names if name]
        found: dict[str, str] = {}
        for group, option in chosen:
            for name in self._files(group, option, ()):
                found[name] = self.digest(name)
        return dict(sorted(found.items()))

    def digest(self, name: str) -> str:
        """SHA-256 (hex) of the user's file of that name; empty where there is none."""
        path = self._path(name)
        return "" if path is None else digest(str(path))

    def _path(self, name: str) -> Path | None:
        """The user's file of that name, unless an earlier folder gives the option."""
        for folder, is_users in self._folders:
            if (folder / name).is_file():
                return folder / name if is_users else None
        return None

    def _files(self, group: str, option: str, above: tuple[str, ...]) -> Iterator[str]:
        """Names of the file of an option, and of those that its defaults lead to."""
        name = f"{group}/{option.removesuffix('.yaml')}.yaml".lstrip("/")
        path = self._path(name)
        if path is None or name in above:
            return
        yield name
        try:
            data = read_yaml(path)
        except InputError:  # Hydra has read it, and its bytes are known
            return
        entries = data.get("defaults") if isinstance(data, dict) else None
        for other, further in named_options(entries, group):
            yield from self._files(other, further, (*above, name))


def _package(path: str) -> Path:
    """Folder of a package that Hydra names, as ``conf`` or ``hydra.conf``."""
    module, _, inside = path.partition("/")
    found = find_spec(module)
    folders = found.submodule_search_locations if found else None
    return Path(next(iter(folders or [""])), inside)
