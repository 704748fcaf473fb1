"""``acdcore bench``: all of ``contenders/`` do the same job, in rounds that take turns; tables, JSON, a picture.

Other benches draw and name the machine by the same code, from ``report`` and ``plot``.
"""
