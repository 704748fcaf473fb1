"""``acdcore demo``: a day at a bank, or days of its record, lived through a real server by clients like people.

``command`` is what the command line calls, and ``server`` is the server in a process of its own, which other benches
and tests start, too; the rest is how a day is lived, watched and told.
"""
