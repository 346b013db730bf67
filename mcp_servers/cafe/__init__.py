"""Table booking for a café on SQLite: find a free table, book, change, cancel, list.

Run it with `python -m mcp_servers.cafe [--db PATH] [--http PORT]`, or in-process as `mcp_servers.cafe:create`. A
starting point for a server of your own: `diary` is the database, `server` the tools, `mcp_servers.spoken` the dates
and times as callers say them. Every result carries typed data for programs and one short sentence for a voice; what
a caller can put right comes back as a tool error that can be spoken as it is.
"""

from mcp_servers.cafe.server import create

__all__ = ["create"]
