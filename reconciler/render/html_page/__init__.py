"""The parts of the HTML page: `reconciler.render.html` puts them together.

`markup` makes text inert, `summary` and `changes` are what a reviewer reads, `matrix` is what one looks at. The style
sheets and the script stand beside them as files of their own, and go into the page whole.
"""
