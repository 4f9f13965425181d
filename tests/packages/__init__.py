"""The packages that the project installs: locked, audited, licensed.

locks      reads the lists that `make lock` compiles, and finds faults in them
audit      `make audit`: known vulnerabilities, by pip-audit
licenses   `make licenses`: each license is allowed or has a reason
"""
