"""Vector-like leptons in every representation that mixes with the leptons of the Standard Model."""
