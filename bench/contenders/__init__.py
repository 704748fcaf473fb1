"""Everything that can do the reference job, one module each."""
