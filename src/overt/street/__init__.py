"""The generated street: people who do not exist, walking past a camera that does not either.

`cast` says who there is, `portrait` takes their pictures, `scene` walks them down a street with
the truth known, `source` puts it behind the ordinary camera interface. Nothing here reads a
photograph: the faces come from the statistical model described in docs/cast-model.md.
"""
