from .engine.simulate import simulate, simulate_stream
from .engine.simulation_result import RequestRecords, SimulationResult, TimeSeries
from .engine.start import Start
from .files.errors import (
    EngineVersionWarning,
    EstimatedProfileWarning,
    ExtrapolationWarning,
    InputError,
    InsufficientMemoryError,
    ProfileError,
    ToolkitError,
    ToolkitWarning,
)
from .gpu.engine_config import EngineConfig
from .gpu.profile import ServingProfile
from .gpu.read_profile import bundled_profile_names, read_profile
from .sources.adapter_file import read_adapters
from .sources.paper_workload import paper_workload
from .sources.servegen import servegen_workload
from .sources.sharegpt import sharegpt_lengths
from .sources.trace_workload import trace_workload
from .workload.adapter import Adapter
from .workload.arrivals import (
    ArrivalProcess,
    BurstyArrivals,
    DiurnalArrivals,
    GammaArrivals,
    OnOffArrivals,
    PoissonArrivals,
    ReplayArrivals,
    renewal_arrivals,
)
from .workload.lengths import (
    CopulaLengths,
    EmpiricalPairs,
    FixedLength,
    LengthDistribution,
    LengthModel,
    LogNormalLength,
    QuantileLength,
)
from .workload.workload import RequestStream, Workload

__all__ = [
    "Adapter",
    "ArrivalProcess",
    "BurstyArrivals",
    "CopulaLengths",
    "DiurnalArrivals",
    "EmpiricalPairs",
    "EngineConfig",
    "EngineVersionWarning",
    "EstimatedProfileWarning",
    "ExtrapolationWarning",
    "FixedLength",
    "GammaArrivals",
    "InputError",
    "InsufficientMemoryError",
    "LengthDistribution",
    "LengthModel",
    "LogNormalLength",
    "OnOffArrivals",
    "PoissonArrivals",
    "ProfileError",
    "QuantileLength",
    "ReplayArrivals",
    "RequestRecords",
    "RequestStream",
    "ServingProfile",
    "SimulationResult",
    "Start",
    "TimeSeries",
    "ToolkitError",
    "ToolkitWarning",
    "Workload",
    "bundled_profile_names",
    "paper_workload",
    "read_adapters",
    "read_profile",
    "renewal_arrivals",
    "servegen_workload",
    "sharegpt_lengths",
    "simulate",
    "simulate_stream",
    "trace_workload",
]
