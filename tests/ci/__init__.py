"""What the workflows, the lists of packages and the community files must hold.

`policy` is what every workflow has to hold. `runners`, `accelerator`,
`branches` and `audit` are what they run beside pytest: none is tied to a
host, the Makefile calls them, and so can you.
"""
