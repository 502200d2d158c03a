"""May we run? Application, written authority, lifecycle, and the gate that permits or refuses."""
