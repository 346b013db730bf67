"""Adapters to models and vendors, one module each; found by entry point, imported only when configured.

No policy in here: no retries beyond connecting, no fallbacks. Each passes the contract suite of its Protocol in
`tests/contracts/`.
"""

__all__: list[str] = []
