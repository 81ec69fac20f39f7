"""`python -m cli` is `ews`."""

from cli.main import main

main()
