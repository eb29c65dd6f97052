"""Subject: the server that is measured, what is known of it, and where its rows go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.measure.adapters import MeasuredAdapter
from twin.measure.client import Client
from twin.measure.facts import Facts
from twin.measure.loops import Loop, closed_loop
from twin.measure.plan import Engine, Plan
from twin.measure.records import Request
from twin.measure.tables import Row, Tables
from twin.measure.traffic import Lengths

__all__ = ["Subject"]

_TRIES = 2  # of what was measured while something else had the machine


@dataclass(frozen=True, slots=True)
class Subject:
    """A server that is ready.

    Parameters
    ----------
    client : Client
    base : str
        Name of the base model at the server.
    engine : Engine
    adapters : sequence of MeasuredAdapter
    facts : Facts
    plan : Plan
    lengths : Lengths
        Of the requests of open-loop runs.
    seed : int
        Of the requests of open-loop runs.
    tables : Tables
    say : callable
        Told in a few words what was measured.
    rng : numpy.random.Generator
        Of the tokens in prompts. They are other ones each time, as a server that goes on keeps
        the prompts that it has seen.
    """

    client: Client
    base: str
    engine: Engine
    adapters: Sequence[MeasuredAdapter]
    facts: Facts
    plan: Plan
    lengths: Lengths
    seed: int
    tables: Tables
    say: Callable[[str], None]
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    @property
    def shape(self) -> str:
        """Slots and their rank, as names of rows have them."""
        return f"{self.engine.max_loras}_{self.engine.max_lora_rank}"

    @property
    def names(self) -> list[str]:
        """Names of the adapters."""
        return [adapter.name for adapter in self.adapters]

    @property
    def server(self) -> Row:
        """Columns that are the same for all that is measured into a folder."""
        facts = self.facts
        return {"model": facts.model, "gpu": facts.gpu, "vllm_version": facts.vllm_version}

    @property
    def identity(self) -> Row:
        """Columns that every row has."""
        return {
            **self.server,
            "max_num_seqs": self.facts.max_num_seqs,
            "max_num_batched_tokens": self.facts.max_num_batched_tokens,
            "max_model_len": self.facts.max_model_len,
            "max_loras": self.engine.max_loras,
            "max_lora_rank": self.engine.max_lora_rank,
            **({"specialize_active_lora": 1} if self._specializes else {}),
        }

    @property
    def _specializes(self) -> bool:
        return self.engine.max_loras > 0 and self.facts.specialize_active_lora == "True"

    def rows(self, table: str, **columns: object) -> list[dict[str, str]]:
        """Rows that a table has of this engine, with these values."""
        wanted = {
            "max_loras": self.engine.max_loras,
            "max_lora_rank": self.engine.max_lora_rank,
            **columns,
        }
        return self.tables.rows(table, wanted)

    async def closed(self, names: Sequence[str], number: int, prompt: int, output: int) -> Loop:
        """So many requests at once, dealt to names in turn; the empty name is the base model.

        Raises
        ------
        InputError
            As for `closed_loop`.
        """
        requests = [Request(0.0, names[i % len(names)], prompt, output) for i in range(number)]
        return await closed_loop(self.client, requests, self.base, self.rng)

    async def undisturbed(
        self, measure: Callable[[], Awaitable[Loop]], doubts_of: Callable[[Loop], Sequence[str]]
    ) -> Loop:
        """What was measured, again where it is in doubt; the last one counts.

        Parameters
        ----------
        measure : callable
        doubts_of : callable
            Why a loop is no measurement of the engine, in words; nothing where it is one.
        """
        for left in reversed(range(_TRIES)):
            loop = await measure()
            found = doubts_of(loop)
            if not found or not left:
                break
            self.say(f"{found[0]}: it is measured again")
        return loop
