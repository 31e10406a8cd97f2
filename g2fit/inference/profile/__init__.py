"""Profile likelihoods: best fits, profiles of one parameter, scans of a plane of two."""
