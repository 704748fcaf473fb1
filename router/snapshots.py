"""What is wrong with a snapshot, where that is to be told from damage."""


class NewerSnapshotError(ValueError):
    """A newer build wrote it, in a format that this one does not know."""

    def __init__(self, version: int, newest: int) -> None:
        super().__init__(f"snapshot: format {version} is newer than this build reads; allowed: {newest}")
