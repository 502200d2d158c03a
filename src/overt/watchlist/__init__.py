"""Template → candidate: enrolment, the image-quality gate and the exact matcher."""
