"""`python -m controller` is `germline`."""

from controller.cli import main

main()
