"""What Hydra knows before it composes the configuration."""

from __future__ import annotations

from omegaconf import OmegaConf

from placer.console.schemas import register_schemas
from placer.console.settings import GROUPS, KEYS


def resolved(text: str) -> str:
    """A value of a configuration with everything in it resolved."""
    register_schemas()
    register_schemas()  # does not mind what is there already
    found: str = OmegaConf.create({"key": text}).key
    return found


def test_the_first_value_that_is_given_counts() -> None:
    assert resolved("${first_given:null,here,there}") == "here"


def test_the_model_behind_a_profile_is_found() -> None:
    assert resolved("${sharegpt_model:meta-llama/Llama-3.1-8B-Instruct}")


def test_help_names_all_groups_and_keys() -> None:
    groups, keys = resolved("${describe_groups:}"), resolved("${describe_keys:}")
    assert all(f"{group}: {text}" in groups for group, text in GROUPS.items())
    assert all(f"  {key}=" in keys and text in keys for key, text in KEYS.items())
    assert "  * portfolio" in groups
