"""Rows of the workspace of the levels ``full``: what threshold correction and moment need of a set of couplings.

Its columns, or *lanes*, are points. Where points are treated one by one there is a single lane.
"""

#: First of the 24 rows with the `Term` of each neutralino, for v_d -> 0.
TERMS = 0
#: Part of the offset of `full_threshold` that comes from the neutralinos.
CONSTANT = 24
#: First of the 24 rows with the four `Neutralino`.
NEUTRALINOS = 25
#: First of the 10 rows with the two `Chargino`, which follow the neutralinos.
CHARGINOS = 49
#: First of the 2 rows with `BarrZee`, which ``two_loop: full`` needs.
BARR_ZEE = 59
#: First of the 2 rows with `LightLogs`, which it needs, too.
LIGHT_LOGS = 61
#: Shape of the workspace of one point.
WORK_SHAPE = (63, 1)
