"""Started share: which part of what arrived an engine has begun to answer."""

from __future__ import annotations

import numpy as np

from twin.engine.simulation_result import RequestRecords
from twin.workload.workload import RequestStream

__all__ = ["smallest_started_share", "started_share"]

_EARLY = 0.75  # of the window: requests after that may still be waiting with good reason
_FEWEST = 5  # requests from which an adapter is judged


def started_share(stream: RequestStream, records: RequestRecords) -> float:
    """Share of the tokens that arrived, of requests that got their first token; 1 without any.

    Over a long window this is served over offered throughput. Over a short one it leaves out what
    that loses at the end: requests that are being answered when the window closes.

    Parameters
    ----------
    stream : RequestStream
        What arrived.
    records : RequestRecords
        What became of it.
    """
    waiting = np.flatnonzero(np.isnan(records.first_token))
    left = stream.prompt_tokens[waiting].sum() + stream.output_tokens[waiting].sum()
    offered = stream.offered_tokens
    return (offered - int(left)) / offered if offered else 1.0


def smallest_started_share(stream: RequestStream, records: RequestRecords) -> float:
    """Share of its early requests that the worst served adapter got a first token for, 0 to 1.

    With fewer slots than adapters, those with many requests can hold the slots for good, while the
    engine as a whole serves nearly all of its traffic. Early are the requests of the first three
    quarters of the window. Adapters with fewer than five of them are not judged.

    Parameters
    ----------
    stream : RequestStream
        What arrived.
    records : RequestRecords
        What became of it.
    """
    early = slice(int(np.searchsorted(stream.arrival, _EARLY * stream.duration)))
    waiting = np.isnan(records.first_token[early])
    if not waiting.any():
        return 1.0
    owner, num_adapters = stream.adapter[early], stream.adapter_rank.size
    arrived = np.bincount(owner, minlength=num_adapters)
    served = arrived - np.bincount(owner[waiting], minlength=num_adapters)
    judged = arrived >= _FEWEST
    return float(np.min(served[judged] / arrived[judged], initial=1.0))
