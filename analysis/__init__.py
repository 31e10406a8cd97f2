"""Run cards, and the studies that are made of them."""
