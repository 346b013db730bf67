"""Tool calls on their way. They belong to the session, not to the reply that asked: what has been begun and may have
changed the world is finished, its result kept, and an identical call meanwhile is answered by it.

    event                       read-only tool            any other tool
    reply goes on               result to the reply       result to the reply
    reply is interrupted        cancelled                 runs on; `settled` is told when it comes back
    same call asked again       runs again                joins the one that is running, or takes its unseen result
    call ends                   cancelled                 finished (it is bounded in time), then the session closes
"""

import asyncio
import json
from collections.abc import Callable, Sequence

from mcp_types import Tool

from voice.chat import ToolCall, ToolResult, result_text
from voice.tools import Toolbox

__all__ = ["STILL_RUNNING", "ToolRun", "ToolRuns"]

STILL_RUNNING = "(still running; do not call it again, its result will follow)"
_CANCELLED = "(cancelled: the user interrupted)"


class ToolRun:
    """One call, running or back."""

    def __init__(self, call: ToolCall, read_only: bool, task: "asyncio.Task[ToolResult]") -> None:
        self.call = call
        self.read_only = read_only
        self.task = task

    @property
    def result(self) -> ToolResult:
        """What the chat holds of it now: the result, or a placeholder that says how it stands."""
        if self.task.done() and not self.task.cancelled():
            return self.task.result()
        text = _CANCELLED if self.read_only else STILL_RUNNING
        return ToolResult(self.call.id, self.call.name, text, is_error=self.read_only, pending=not self.read_only)


class ToolRuns:
    """All calls of a session. `settled` is called with the result of a call whose reply is gone."""

    def __init__(
        self,
        toolbox: Toolbox,
        tasks: asyncio.TaskGroup,
        timeout: float,
        settled: Callable[[ToolResult], None],
    ) -> None:
        self._toolbox = toolbox
        self._tasks = tasks
        self._timeout = timeout
        self._settled = settled
        self._orphans: dict[str, ToolRun] = {}

    def start(self, call: ToolCall) -> tuple[ToolRun, bool]:
        """Run `call`, or join an identical one that an interrupted reply left behind; says whether it is new."""
        orphan = self._orphans.pop(_key(call), None)
        if orphan is not None:
            return ToolRun(call, False, self._tasks.create_task(self._join(call, orphan))), False
        task = self._tasks.create_task(self._call(call), name=f"tool {call.name}")
        return ToolRun(call, _read_only(self._toolbox.tools, call.name), task), True

    def abandon(self, run: ToolRun) -> None:
        """The reply that wanted `run` was interrupted."""
        if run.task.done():
            return
        if run.read_only:
            run.task.cancel()
            return
        self._orphans[_key(run.call)] = run
        run.task.add_done_callback(lambda task: None if task.cancelled() else self._settled(task.result()))

    def seen(self) -> None:
        """A reply begins with a chat that holds all results there are: those that are back need no joining."""
        self._orphans = {key: run for key, run in self._orphans.items() if not run.task.done()}

    async def _join(self, call: ToolCall, orphan: ToolRun) -> ToolResult:
        result = await asyncio.shield(orphan.task)
        return ToolResult(call.id, call.name, result.text, result.is_error)

    async def _call(self, call: ToolCall) -> ToolResult:
        if call.error is not None:
            return ToolResult(call.id, call.name, f"The call could not be read: {call.error}", is_error=True)
        try:
            async with asyncio.timeout(self._timeout):
                result = await self._toolbox.call(call.name, call.arguments)
        except TimeoutError:
            text = f"{call.name} did not answer within {self._timeout:g} seconds"
            return ToolResult(call.id, call.name, text, is_error=True)
        return ToolResult(call.id, call.name, result_text(result), bool(result.is_error))


def _read_only(tools: Sequence[Tool], name: str) -> bool:
    for tool in tools:
        if tool.name == name:
            return bool(tool.annotations and tool.annotations.read_only_hint)
    return False


def _key(call: ToolCall) -> str:
    return json.dumps([call.name, dict(call.arguments)], sort_keys=True, default=str)
