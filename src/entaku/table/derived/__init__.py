"""What is made from the declarations beside the table itself.

`lock` (the committed shape, and what has changed since), `docs` and `diagram` (pages for people), `physical` (the
request that makes the table), `policies` (IAM), `workbench` (a file for NoSQL Workbench); `examples` and `images` make
up items to show and to measure. What it all costs is in `pricing`.
"""
