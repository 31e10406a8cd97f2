"""What is shown of results: summaries, figures, reports, exports, citations."""
