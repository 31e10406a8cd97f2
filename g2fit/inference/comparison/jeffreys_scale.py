"""Verbal grades of Bayes factors."""

__all__ = ["SCALE", "verbal"]

#: Reference of the scale, for tables and figures.
SCALE = "Kass & Raftery (1995), doi:10.1080/01621459.1995.10476572"

#: Smallest ln B of each grade: 2 ln B = 0, 2, 6, 10.
GRADES = ((5.0, "very strong"), (3.0, "strong"), (1.0, "positive"), (0.0, "bare mention"))


def verbal(log_bayes_factor: float) -> str:
    """Grade of a Bayes factor, and whether it is evidence for or against the model.

    >>> verbal(4.2), verbal(-0.3), verbal(-7.0)
    ('strong, for', 'bare mention, against', 'very strong, against')
    """
    if log_bayes_factor != log_bayes_factor:
        return "undetermined"
    word = next(word for least, word in GRADES if abs(log_bayes_factor) >= least)
    return f"{word}, {'for' if log_bayes_factor >= 0 else 'against'}"
