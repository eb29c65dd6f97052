"""``python -m placer``, the same as ``placer``."""

from placer.console.place import main

main()
