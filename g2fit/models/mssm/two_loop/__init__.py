"""The anomalous magnetic moments of the MSSM at two loops, beyond the photonic corrections of `gminus2`."""
