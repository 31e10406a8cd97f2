"""Profile likelihoods: best fits, one parameter, a plane of two."""
