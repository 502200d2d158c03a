"""Light → frames: sources of pictures with capture times."""
