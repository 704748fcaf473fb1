"""What is wrong with a snapshot, where that is to be told from damage."""


class NewerSnapshotError(ValueError):
    """A newer build wrote it, in a format that this one does not know."""
