"""A finished run under other data, terms or priors: its draws are weighted anew, or its walkers move on."""
