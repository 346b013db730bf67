"""`python -m mcp_servers.cafe`: the booking server on stdio, or on HTTP with `--http PORT`."""

import argparse
from pathlib import Path

from mcp_servers.cafe.server import create

__all__ = ["main"]


def main() -> None:
    """Run until the client hangs up (stdio) or the process is stopped (HTTP, on http://127.0.0.1:PORT/mcp)."""
    parser = argparse.ArgumentParser(prog="python -m mcp_servers.cafe", description=__doc__)
    parser.add_argument("--db", type=Path, default=Path("cafe.sqlite"), help="SQLite file (default: %(default)s)")
    parser.add_argument("--timezone", help='IANA name such as "Europe/Berlin" (default: the machine\'s own)')
    parser.add_argument("--http", type=int, metavar="PORT", help="serve streamable HTTP instead of stdio")
    options = parser.parse_args()
    server = create(options.db, timezone=options.timezone)
    if options.http is None:
        server.run("stdio")
    else:
        server.run("streamable-http", port=options.http)


if __name__ == "__main__":
    main()
