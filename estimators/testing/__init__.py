"""What every estimator has to keep, to test one of your own, and examples.

``check_estimator(MyEstimator())`` says in words which rules are broken. If you have pytest,
inherit a class in a test module and give it your estimator::

    class TestMyEstimator(EstimatorContract):
        @pytest.fixture
        def estimator(self):
            return MyEstimator()

The names that `__init__.pyi` lists are imported when they are used first.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
