"""One file with all of a run, for a data repository, and the way back to a run folder."""
