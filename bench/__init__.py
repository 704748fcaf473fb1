"""How fast, and how it looks in use: benchmarks and the demo.

What has a folder, with the command that it belongs to:

* ``demo/``: ``acdcore demo``; and the server in a process of its own that other benches start, too.
* ``compare/``: ``acdcore bench``, with everybody who can do the reference job in ``contenders/``.
* ``simulators/``: ``acdcore bench --simulators``, the same centers simulated by several means.
* ``open_loop/``: ``acdcore bench --open-loop``, latency at rising rates.
* ``load/``: ``make load``, with Locust.
* ``soak/``: ``make soak``, hours with a server.
* ``instructions/``: ``make bench-check``, which counts instructions.
* ``tails/``: ``python -m acdcore.bench.tails``, latency of single commands.

What lies flat:

* Single benchmarks, each ``python -m acdcore.bench.NAME``: ``flat_out``, ``journal_cost``, ``journal_recovery``,
  ``journal_replay``, ``memory``, ``metrics_cost``, ``pathology``, ``scrape``, ``sizing``; what begins with
  such a name is part of it. ``full_law`` is ``acdcore bench --full-law``, and ``make bench`` runs what begins with
  ``bench_``.
* What is measured, for all of them alike: ``reference_job`` and ``job``, ``operations`` and ``scenario``, ``replay``,
  and ``exact_day``, a day of the bank's record without a server.
* Tools: ``command_line`` reads what single benchmarks are asked for, ``comparing`` is what ``compare/`` and
  ``simulators/`` share, ``colors`` what all pictures do; ``on_the_spot`` compiles C++, ``page_block`` fills pages,
  ``process_use`` and ``prometheus_server`` look at a server from outside, ``surroundings`` tells what this ran on,
  ``terminal`` prints and shows progress.
"""
