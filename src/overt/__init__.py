"""Overt: accountable live facial recognition.

One place, one watchlist, one written authority; a person decides; anyone can check.

The path of the data: light → frame (`video`) → face → track → template (`faces`)
→ candidate (`watchlist`) → prompt, raised by `live` → a person's decision. A face that
reaches no candidate at or over the threshold is counted and forgotten.
"""

__version__ = "0.1.0"
