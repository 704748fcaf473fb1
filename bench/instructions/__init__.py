"""``make bench-check``: a guard against slowness that counts the instructions of every operation, with its baseline.

``count`` counts them, by running ``worker`` under callgrind; ``__main__`` compares them with ``instructions.json``.
"""
