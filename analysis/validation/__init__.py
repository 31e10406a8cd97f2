"""Validation: checks with the numbers that they gave, and the page docs/validation.md, which is made from these.

``python -m analysis.validation`` (`make validate`) runs every check of `checks.CHECKS` that has no record of the
present code, and writes the page.
"""
