"""``make load``: Locust drives a server with people who call and agents who answer; ``docs/load.md`` is its page.

``locustfile.py`` is what Locust is given, ``plan.yaml`` and ``center.yaml`` are what it takes when nothing else is
said, and ``__main__`` starts a server and Locust. ``callers`` and ``desktops`` are the users, on the ``floor`` they
share.
"""
