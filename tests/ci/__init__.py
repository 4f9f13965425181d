"""What the workflows, the lists of packages and the community files must hold.

`accelerator` and `audit` are run by `make gpu`, `make metal` and `make audit`,
which nothing ties to a host.
"""
