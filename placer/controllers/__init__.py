"""Controllers: which engine serves which adapter while popularity drifts.

The names that `__init__.pyi` lists are imported when they are used first.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
