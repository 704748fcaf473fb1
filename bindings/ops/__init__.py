"""What operating acdcore takes beside the server: dashboards, rules, a unit of systemd, a container file.

The files are data of the package; ``acdcore ops write DIR`` copies them to where they can be used and changed.
"""

from .files import PURPOSES, WouldOverwriteError, contents, write

__all__ = ["PURPOSES", "WouldOverwriteError", "contents", "write"]
