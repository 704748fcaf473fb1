"""What single commands take: streams of them on record, replayed and timed one by one, and what is printed of it."""
