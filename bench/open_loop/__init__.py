"""``acdcore bench --open-loop``: how long a server takes at rising rates, measured from planned times.

``measure`` goes through the rates, ``driver`` is the process that sends, and ``run`` is what the command line calls;
``docs/latency.md`` is its page.
"""
