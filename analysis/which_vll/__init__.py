"""Which vector-like lepton describes the data best: ``python -m analysis.which_vll``."""
