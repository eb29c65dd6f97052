"""Asked contents: GPUs by what they hold, for each of which the estimator is asked once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from placer.gpu.items import Item
from placer.gpu.packing import Packer
from placer.problem.planned_gpu import EvaluatedGpu

__all__ = ["AskedContents"]

IntArray = NDArray[np.int64]


class AskedContents:
    """What the estimator says of GPUs whose contents change from step to step.

    Parameters
    ----------
    packer : Packer
    items : sequence of Item
        Of all GPUs.
    gpus : sequence of EvaluatedGpu
        As they are at first, all admissible.
    contents : sequence of (k,) arrays of int
        Numbers of the items that each of them holds.
    """

    def __init__(
        self,
        packer: Packer,
        items: Sequence[Item],
        gpus: Sequence[EvaluatedGpu],
        contents: Sequence[IntArray],
    ) -> None:
        self._packer, self._items = packer, items
        self._types = [gpu.gpu_type for gpu in gpus]
        self._known: dict[tuple[str, tuple[int, ...]], EvaluatedGpu | None] = {}
        self._known.update(zip(self._keys(contents), gpus, strict=True))

    def ask(self, contents: Sequence[IntArray]) -> tuple[list[EvaluatedGpu], NDArray[np.bool_]]:
        """The GPUs that are admissible, and which are not; those that hold nothing are neither.

        Parameters
        ----------
        contents : sequence of (k,) arrays of int
            What each GPU is to hold.

        Raises
        ------
        BudgetExhausted
            If the search has to end.
        """
        keys = self._keys(contents)
        new = [g for g, key in enumerate(keys) if key[1] and key not in self._known]
        fits = self._packer.fit_all(
            [(self._types[g], [self._items[i] for i in keys[g][1]]) for g in new]
        )
        self._known.update(zip((keys[g] for g in new), fits, strict=True))
        answers = [self._known[key] if key[1] else None for key in keys]
        rejected = [
            answer is None and bool(key[1]) for key, answer in zip(keys, answers, strict=True)
        ]
        return [gpu for gpu in answers if gpu is not None], np.array(rejected, bool)

    def _keys(self, contents: Sequence[IntArray]) -> list[tuple[str, tuple[int, ...]]]:
        return [
            (gpu_type.profile.name, tuple(content.tolist()))
            for gpu_type, content in zip(self._types, contents, strict=True)
        ]
