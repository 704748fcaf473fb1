"""A simulator of faults: the whole server in one process, under a simulated clock, network and storage.

``run.py`` is the command, ``world.py`` what it runs: people (``people.py``) talk to a server (``serving.py``) over
a network that loses things (``network.py``), the server keeps a journal on storage that fails (``storage.py``), and
everything happens in one event loop whose time is simulated (``virtual_loop.py``), so that a seed gives the same
run again. ``canaries.py`` breaks the code on purpose; ``killing.py`` lets the same people live with real servers
that are killed.
"""
