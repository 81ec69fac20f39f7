"""The supervisor: starts children, shows what they say, restarts those that die, stops all of them within 5 s."""

from __future__ import annotations

import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cli.child import Child, Running, start
from domain.errors import EwsError

#: Seconds after the request to stop. What serves the others stops once they have, so that nothing is lost.
KILL_AFTER_S, KILL_SERVICES_AFTER_S = 3.0, 4.2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
#: A child that lived this long is not "failing again".
STEADY_AFTER_S = 60.0
#: A service that dies so often without ever being at work will not be: its data or its settings are broken.
HOPELESS_AFTER = 3
_TICK_S = 0.1
#: What passes when memory, processes or disk are there again.
_SHORTAGES = (OSError, subprocess.SubprocessError)
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def pause_before_restart(failures: int) -> float:
    """Seconds to wait before the restart that follows the `failures`-th death in a row: 0.5, 1, 2 … 30."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_S)


def ending(code: int) -> str:
    """How a process ended, in words."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


@dataclass(kw_only=True)
class _Post:
    """The place of one child: the running process, if any, and its record."""

    child: Child
    running: Running | None = None
    ready: bool = False  # at work now; a child that runs once: has done its work
    ever_ready: bool = False
    started_at: float = 0.0
    failures: int = 0
    held: bool = False  # not to be started for now
    start_at: float = 0.0
    ask_at: float = 0.0  # whether it is ready
    last_line: str = ""


class Supervisor:
    """Runs children until a signal, `seconds` or `finished` says stop."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        on_tick: Callable[[], None] = lambda: None,
        finished: Callable[[], bool] = lambda: False,
        seconds: float | None = None,
        show: Callable[[str, str], None] | None = None,
    ) -> None:
        """`show` gets the name of a child and a line of it; by default both are printed."""
        self._posts = [_Post(child=child) for child in children]
        self._on_tick, self._finished, self._show = on_tick, finished, show or self._print
        self._seconds = seconds
        self._width = max((len(child.name) for child in children), default=0)
        self._selector = selectors.DefaultSelector()
        self._asked = False
        self._exit_code: int | None = None
        self.failure = ""  # why `run` did not return 0

    def run(self) -> int:
        """Start, watch and stop the children; returns when none is left. 0, or the exit code of the one that failed for good."""
        deadline = None if self._seconds is None else time.monotonic() + self._seconds
        with self._signals():
            try:
                while not self._asked and self._exit_code is None and not self._finished():
                    if deadline is not None and time.monotonic() >= deadline:
                        break
                    self._tick()
            finally:
                self._stop_all()
        self._selector.close()
        return self._exit_code or 0

    def is_ready(self, name: str) -> bool:
        """Whether the child of this name is at work."""
        return any(post.ready for post in self._posts if post.child.name == name)

    def hold(self, name: str) -> None:
        """End this child, and do not start it again until it is let go."""
        for post in self._posts:
            if post.child.name == name and not post.held:
                post.held = True
                if post.running is not None:
                    post.running.end()
                    self._bury(post, post.running)
                self._say(post, "is taken away")

    def let_go(self, name: str) -> None:
        """Start a held child again."""
        for post in self._posts:
            if post.child.name == name and post.held:
                post.held, post.start_at = False, 0.0
                self._say(post, "is brought back")

    def _tick(self) -> None:
        now = time.monotonic()
        for post in self._posts:
            if post.running is not None:
                self._attend(post, post.running, now)
            elif self._is_due(post, now):
                self._start(post, now)
        self._wait(_TICK_S)
        self._on_tick()

    def _is_due(self, post: _Post, now: float) -> bool:
        done = post.child.once and post.ready
        return (
            not done
            and not post.held
            and now >= post.start_at
            and all(self.is_ready(name) for name in post.child.after)
        )

    def _start(self, post: _Post, now: float) -> None:
        """The very first time, what prevents it is raised: it will not pass. Later it once was possible, and will be again."""
        try:
            post.running, post.started_at, post.ask_at = start(post.child), now, 0.0
        except (*_SHORTAGES, EwsError) as error:
            if not (post.ever_ready if isinstance(error, EwsError) else post.started_at):
                raise
            self._not_started(post, error, now)
            return
        if post.running.process.stdout is not None:
            self._selector.register(post.running.process.stdout, selectors.EVENT_READ)

    def _attend(self, post: _Post, running: Running, now: float) -> None:
        """Show what it says; notice that it has come to work, or has ended."""
        code = running.process.poll()
        self._say(post, *running.lines(last=code is not None))
        if code is not None:
            self._bury(post, running)
            self._ended(post, code, now)
        elif self._comes_to_work(post, running, now):
            post.ready = post.ever_ready = True
            self._say(post, "ready")

    def _comes_to_work(self, post: _Post, running: Running, now: float) -> bool:
        """Whether it has just become ready. One that has been before is asked again after a pause when it cannot be asked now."""
        if now < post.ask_at:
            return False
        try:
            return running.check_ready()
        except (*_SHORTAGES, EwsError) as error:
            if not post.ever_ready:
                raise
            post.failures += 1
            pause = pause_before_restart(post.failures)
            post.ask_at = now + pause
            self._say(post, f"cannot be asked whether it is ready ({error}); again in {pause:g} s")
            return False

    def _not_started(self, post: _Post, error: Exception, now: float) -> None:
        post.failures += 1
        self._say(post, f"cannot be started ({error})")
        self._start_later(post, now)

    def _ended(self, post: _Post, code: int, now: float) -> None:
        if post.child.once:
            post.ready = code == 0
            if code:
                self._give_up(code, post.last_line.removeprefix("ews: "))
            return
        post.failures = 1 if now - post.started_at > STEADY_AFTER_S else post.failures + 1
        self._say(post, *_last_lines(post.child.log_file), f"ended unexpectedly ({ending(code)})")
        if post.child.serves and not post.ever_ready and post.failures >= HOPELESS_AFTER:
            self._give_up(1, f"{post.child.name} does not start; its log is {post.child.log_file}")
            return
        self._start_later(post, now)

    def _start_later(self, post: _Post, now: float) -> None:
        pause = pause_before_restart(post.failures)
        post.start_at = now + pause
        self._say(post, f"is started again in {pause:g} s")

    def _give_up(self, code: int, failure: str) -> None:
        self._exit_code, self.failure = code, failure

    def _bury(self, post: _Post, running: Running) -> None:
        if running.process.stdout is not None:
            self._selector.unregister(running.process.stdout)
        running.close()
        post.running, post.ready = None, False

    def _wait(self, seconds: float) -> None:
        """Until somebody says something, or a signal comes."""
        for key, _ in self._selector.select(seconds):
            if key.data is not None:
                key.data.recv(64)

    def _say(self, post: _Post, *lines: str) -> None:
        for line in lines:
            post.last_line = line
            self._show(post.child.name, line)

    def _print(self, name: str, line: str) -> None:
        print(f"{name:<{self._width}} │ {line}", flush=True)

    def _stop_all(self) -> None:
        """First those who work, then those who serve them; whoever does not listen is ended in time."""
        began = time.monotonic()
        for serving, limit_s in ((False, KILL_AFTER_S), (True, KILL_SERVICES_AFTER_S)):
            posts = [post for post in self._posts if post.child.serves is serving]
            for post in posts:
                if post.running is not None:
                    post.running.signal(post.child.stop_signal)
            while self._any_left(posts) and time.monotonic() < began + limit_s:
                self._wait(0.02)
            for post in posts:
                if post.running is not None:
                    self._say(post, "does not stop in time and is ended")
                    post.running.end()
            self._any_left(posts)

    def _any_left(self, posts: Sequence[_Post]) -> bool:
        """Whether one is still running; the others are let go of."""
        for post in posts:
            if post.running is not None:
                over = post.running.process.poll() is not None
                self._say(post, *post.running.lines(last=over))
                if over:
                    self._bury(post, post.running)
        return any(post.running is not None for post in posts)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Note a signal that asks us to stop, and wake the selector when one comes."""
        reading, writing = socket.socketpair()
        reading.setblocking(False)
        writing.setblocking(False)
        self._selector.register(reading, selectors.EVENT_READ, reading)

        def asked(number: int, frame: FrameType | None) -> None:
            del number, frame
            self._asked = True

        earlier = {number: signal.signal(number, asked) for number in _STOP_SIGNALS}
        earlier_descriptor = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(earlier_descriptor)
            for number, handler in earlier.items():
                signal.signal(number, handler)
            self._selector.unregister(reading)
            reading.close()
            writing.close()


def _last_lines(path: Path | None) -> list[str]:
    """The end of a child's log file, to say why it died."""
    if path is None or not path.exists():
        return []
    return path.read_bytes()[-2000:].decode(errors="replace").splitlines()[-5:]
