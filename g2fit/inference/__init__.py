"""What is inferred beside the chain: profile likelihoods, evidences, comparisons of models."""
