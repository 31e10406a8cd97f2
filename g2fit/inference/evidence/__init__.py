"""Evidence: the likelihood averaged over the prior, with independent estimators and honest errors."""

from g2fit.inference.evidence.estimate import Aim, Estimate
from g2fit.inference.evidence.importance import importance_sampling
from g2fit.inference.evidence.nested import nested_sampling
from g2fit.inference.evidence.prior import prior_monte_carlo
from g2fit.inference.evidence.run import Evidence, evidence, load_evidence
from g2fit.inference.tasks import TaskRunner

__all__ = [
    "Aim",
    "Estimate",
    "Evidence",
    "TaskRunner",
    "evidence",
    "importance_sampling",
    "load_evidence",
    "nested_sampling",
    "prior_monte_carlo",
]
