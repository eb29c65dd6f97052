"""What Hydra has to know before it composes the configuration: the schema and the resolvers."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from operator import attrgetter
from pathlib import Path

import yaml
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from placer.console.option_help import describe_options
from placer.console.settings import GROUPS, KEYS, PlaceSettings

__all__ = ["register_schemas"]

_FILE = "file://"  # how Hydra writes a folder of its search path


@cache
def register_schemas() -> None:
    """Tell Hydra the schema of the main configuration, and the resolvers that it uses."""
    ConfigStore.instance().store("place_schema", PlaceSettings)
    OmegaConf.register_new_resolver(
        "first_given", lambda *values: next(v for v in values if v is not None), replace=True
    )
    OmegaConf.register_new_resolver("sharegpt_model", _sharegpt_model, replace=True)
    OmegaConf.register_new_resolver("describe_groups", _describe_groups, replace=True)
    OmegaConf.register_new_resolver("describe_keys", _describe_keys, replace=True)


def _describe_groups() -> str:
    """Groups and options for the help text; Hydra reads ``$`` in it as a place holder."""
    main = yaml.safe_load((files("conf") / "place.yaml").read_text(encoding="utf-8"))
    entries = [entry for entry in main["defaults"] if isinstance(entry, dict)]
    chosen = {group: entry[group] for entry in entries for group in GROUPS if group in entry}
    return describe_options(GROUPS, chosen, _further_folders()).replace("$", "$$")


def _further_folders() -> list[Path]:
    """Folders of configuration files that the user has named by ``--config-dir``."""
    hydra = GlobalHydra.instance()
    if not hydra.is_initialized():
        return []
    paths = [element.path for element in hydra.config_loader().get_search_path().get_path()]
    return [Path(path.removeprefix(_FILE)) for path in paths if path.startswith(_FILE)]


def _describe_keys() -> str:
    """Keys outside the groups, with their defaults, for the help text."""
    lines = []
    for name, text in KEYS.items():
        default = attrgetter(name)(PlaceSettings())
        shown = f"{name}={'null' if default is None else default}"
        lines.append(f"  {shown:32}  {text}")
    return "\n".join(lines)


def _sharegpt_model(name: str) -> str:
    """Model whose tokens those of a serving profile's model are."""
    from twin.sources.sharegpt import sharegpt_model  # here: slow, and help does not need it

    return sharegpt_model(name)
