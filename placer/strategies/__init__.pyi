from .base import Strategy
from .best_fit import BestFit
from .capacity_packing import CapacityPacking
from .cp_sat import CpSat
from .first_fit import FirstFit
from .greedy import Greedy
from .greedy_marginal import GreedyMarginal
from .local_search import LocalSearch
from .milp import Milp
from .portfolio import Portfolio
from .search_strategy import SearchStrategy

__all__ = [
    "BestFit",
    "CapacityPacking",
    "CpSat",
    "FirstFit",
    "Greedy",
    "GreedyMarginal",
    "LocalSearch",
    "Milp",
    "Portfolio",
    "SearchStrategy",
    "Strategy",
]
