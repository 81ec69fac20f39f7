"""One child process: how it is started, what it says, and how it dies with the process that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = ctypes.CDLL(None, use_errno=True).prctl


@dataclass(frozen=True, kw_only=True)
class Child:
    """What to run, and how it is known to be at work: it announces READY=1 (as to systemd), or `probe` says so.

    `once`: it does one thing and ends; exit code 0 is its readiness, any other ends everything.
    `serves`: the others need it, so it is stopped after them.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)  # added to this process's own
    after: tuple[str, ...] = ()  # children that must be at work before it starts
    once: bool = False
    serves: bool = False
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    last_signal: signal.Signals = signal.SIGKILL  # for one that does not listen
    log_file: Path | None = None  # none: its lines are read and shown
    prepare: Callable[[], None] | None = None  # before every start
    probe: Callable[[int], bool] | None = None  # of the pid


def ews(
    name: str,
    *arguments: str,
    environment: Mapping[str, str],
    after: tuple[str, ...] = (),
    once: bool = False,
) -> Child:
    """A child that runs a command of this program."""
    # -P: a folder of the working folder that is named like one of our rooms must not be imported in its place.
    command = (sys.executable, "-P", "-m", "cli", *arguments)
    return Child(name=name, command=command, environment=environment, after=after, once=once)


@dataclass(kw_only=True)
class Running:
    """A started child. `ready`: it has been at work."""

    child: Child
    process: subprocess.Popen[bytes]
    announcement: socket.socket
    ready: bool = False
    _rest: bytes = b""  # of a line that is not complete yet

    def check_ready(self) -> bool:
        """True once, when it comes to work."""
        if self.ready or self.child.once:
            return False
        self.ready = self._announced() if self.child.probe is None else self.child.probe(self.process.pid)
        return self.ready

    def _announced(self) -> bool:
        try:
            return b"READY=1" in self.announcement.recv(4096).split(b"\n")
        except BlockingIOError:
            return False

    def lines(self, *, last: bool = False) -> list[str]:
        """The lines it has said since; never waits. `last`: it has ended, so an incomplete line is a line too."""
        said = self._read()
        while last and (more := self._read()):
            said += more
        *complete, self._rest = (self._rest + said).split(b"\n")
        if last and self._rest:
            complete, self._rest = [*complete, self._rest], b""
        return [line.decode(errors="replace").rstrip("\r") for line in complete]

    def _read(self) -> bytes:
        if self.process.stdout is None:
            return b""
        try:
            return os.read(self.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return b""

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(number)

    def end(self) -> None:
        """End it now."""
        for number in (self.child.last_signal, signal.SIGKILL):
            self.signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.5)

    def stop(self, patience_s: float) -> None:
        """Ask it to stop, wait, end it if need be, and let go of it."""
        self.signal(self.child.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience_s)
        self.end()
        self.close()

    def close(self) -> None:
        """Let go of it, and end what it may have left in its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.announcement.close()


def start(child: Child) -> Running:
    """Start it in a session of its own (Ctrl-C reaches only us), tied to us: when we are killed, it is told to stop.

    Raises OSError when the program cannot be run, and what `prepare` raises.
    """
    if child.prepare is not None:
        child.prepare()
    announcement = _announcement_socket()
    process = _popen(child, "@" + announcement.getsockname()[1:].decode())
    if process.stdout is not None:
        os.set_blocking(process.stdout.fileno(), False)
    return Running(child=child, process=process, announcement=announcement)


def _popen(child: Child, notify_address: str) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def tie_to_parent() -> None:
        _prctl(_PR_SET_PDEATHSIG, int(child.stop_signal))
        if os.getppid() != parent:  # we were killed between fork and prctl
            os._exit(1)

    with contextlib.ExitStack() as stack:
        log = None if child.log_file is None else stack.enter_context(child.log_file.open("ab"))
        return subprocess.Popen(
            child.command,
            env={**os.environ, **child.environment, "NOTIFY_SOCKET": notify_address, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if log is None else log,
            stderr=subprocess.STDOUT,
            user=child.user,
            group=child.user,
            extra_groups=None if child.user is None else [],
            start_new_session=True,
            # In the child, because a change of user clears the setting; it calls nothing but prctl and getppid.
            preexec_fn=tie_to_parent,  # noqa: PLW1509
        )


def _announcement_socket() -> socket.socket:
    """A datagram socket under a name that the kernel chooses."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    listening.bind("")
    return listening


def announce_ready() -> None:
    """Say READY=1 to whoever started this process: our supervisor, or systemd (Type=notify). Else nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    # Whoever asked may be gone by now; it has then asked us to stop as well.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling, contextlib.suppress(OSError):
        telling.sendto(b"READY=1", name)
