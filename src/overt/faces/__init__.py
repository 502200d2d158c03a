"""Frame → template: detect, track, judge, align, embed."""
