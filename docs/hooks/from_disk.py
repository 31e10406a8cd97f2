"""The site needs no network: where the theme would load a script for the search from elsewhere, ours is loaded."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

#: What the theme's plugin `offline` writes into each page, and the file that replaces it.
FOREIGN, OURS = 'src="https://unpkg.com/iframe-worker/shim"', "javascripts/worker.js"


def on_post_build(config: Any) -> None:
    """Replace the address of the script in every page."""
    site = Path(config["site_dir"])
    changed = 0
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if FOREIGN in text:
            place = os.path.relpath(site / OURS, page.parent)
            page.write_text(text.replace(FOREIGN, f'src="{place}"'), encoding="utf-8")
            changed += 1
    if not changed:
        raise ValueError(f"no page has {FOREIGN}: the theme has changed, and so must this hook")
