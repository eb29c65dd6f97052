"""What strategies, objectives, deployment targets and controllers have to keep, for your own.

`check_strategy`, `check_objective`, `check_target` and `check_controller` say in words which rules
are broken. The same as tests, if you have pytest: inherit a class in a test module and give it
yours::

    class TestMyStrategy(StrategyContract):
        @pytest.fixture
        def strategy(self):
            return MyStrategy()

The names that `__init__.pyi` lists are imported when they are used first.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
