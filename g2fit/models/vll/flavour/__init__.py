"""Vector-like leptons with complex couplings, or with partners that several generations of leptons share."""
