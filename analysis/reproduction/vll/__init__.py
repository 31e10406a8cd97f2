"""2106.01373 by Arkani-Hamed and Harigaya."""
