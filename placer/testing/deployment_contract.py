"""DeploymentContract: the rules of deployment targets as tests of pytest."""

from __future__ import annotations

from placer.deploy.target import DeploymentTarget
from placer.testing.deployment_rules import DeploymentRules

try:
    import pytest
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "DeploymentContract is for pytest, which is not installed; check_target does without it"
    ) from error

__all__ = ["DeploymentContract"]


class DeploymentContract:
    """What runs rely on; see `DeploymentRules`."""

    @pytest.fixture
    def target(self) -> DeploymentTarget:
        """The deployment target to be tested."""
        raise NotImplementedError

    @pytest.fixture
    def contract(self, target: DeploymentTarget) -> DeploymentRules:
        """The rules, for the target."""
        return DeploymentRules(target)

    def test_files_are_texts_in_its_folders(self, contract: DeploymentRules) -> None:
        contract.files_are_texts_in_its_folders()

    def test_the_same_deployment_gives_the_same_files(self, contract: DeploymentRules) -> None:
        contract.the_same_deployment_gives_the_same_files()

    def test_hostile_names_come_out_as_they_are(self, contract: DeploymentRules) -> None:
        contract.hostile_names_come_out_as_they_are()

    def test_scripts_are_scripts(self, contract: DeploymentRules) -> None:
        contract.scripts_are_scripts()

    def test_what_is_not_verified_says_so_first(self, contract: DeploymentRules) -> None:
        contract.what_is_not_verified_says_so_first()

    def test_what_it_is_given_is_not_modified(self, contract: DeploymentRules) -> None:
        contract.what_it_is_given_is_not_modified()
