"""A small MCP server on stdio that knows only the initialize handshake and can be told to misbehave.

Written against the wire instead of the SDK: it starts in a moment, and some real servers are just as old and as rude.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

TOOLS = ["echo", "environment", "die", "hang", "rubbish", "odd"]


def tool(name):
    properties = {"text": {"type": "string"}} if name == "echo" else {}
    return {"name": name, "inputSchema": {"type": "object", "properties": properties, "required": list(properties)}}


def say(**message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def text(answer):
    return {"content": [{"type": "text", "text": answer}], "isError": False}


def call(request, params):
    match params["name"]:
        case "echo":
            say(id=request, result=text(params["arguments"]["text"]))
        case "environment":
            say(id=request, result=text(json.dumps(dict(os.environ))))
        case "die":
            sys.stderr.write("something broke: token is sesame-open-up\n")
            sys.stderr.flush()
            os._exit(3)
        case "rubbish":
            say(id=request, result={"content": "this is not how content looks"})
        case "odd":
            say(id=request, error={"code": -32603, "message": "the oven is cold"})


def page(params, size):
    start = int(params.get("cursor", 0))
    result: dict[str, Any] = {"tools": [tool(name) for name in TOOLS[start : start + size]]}
    if start + size < len(TOOLS):
        result["nextCursor"] = str(start + size)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--silent", action="store_true", help="never answer anything")
    parser.add_argument("--broken-while", type=Path, help="fail to start while this file exists")
    parser.add_argument("--cancelled", type=Path, help="write the id of a cancelled request here")
    parser.add_argument("--page", type=int, default=100)
    options = parser.parse_args()
    if options.broken_while and options.broken_while.exists():
        sys.exit("no coffee beans")
    for line in sys.stdin:
        message = json.loads(line)
        request, method, params = message.get("id"), message["method"], message.get("params", {})
        if options.silent:
            continue
        match method:
            case "initialize":
                info = {"name": "peer", "version": "1"}
                version = "2025-11-25"
                say(id=request, result={"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info})
            case "tools/list":
                say(id=request, result=page(params, options.page))
            case "tools/call":
                call(request, params)
            case "notifications/cancelled" if options.cancelled:
                options.cancelled.write_text(str(params["requestId"]))
            case _ if request is not None:
                say(id=request, error={"code": -32601, "message": "Method not found"})


main()
