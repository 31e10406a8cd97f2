"""What each constraint does to vector-like leptons: ``python -m analysis.constraints``."""
