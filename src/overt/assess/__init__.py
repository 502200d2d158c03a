"""How well, and for whom: counts first, rates derived, intervals always."""
