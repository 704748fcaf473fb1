"""``acdcore bench``: all of ``contenders/`` do the same job, in rounds that take turns; tables, JSON, a picture."""
