"""The pictures of the guide, drawn from their numbers: ``python -m docs.draw`` writes docs/pictures."""
