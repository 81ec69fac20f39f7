"""Running the system as people do: real processes, a data folder and a port of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.ports import free_port

#: A loaded machine with two cores; the aims themselves are printed and asserted where they are promises.
PATIENCE_S = 150.0


def wait_for(what: str, check: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """The first true answer of `check`; fails with `what` when there is none in time."""
    until = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        assert time.monotonic() < until, f"{what}: not within {seconds:g} s"
        time.sleep(0.1)


def answers(url: str) -> int | None:
    """The status that a page answers with; None when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=3) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


@dataclass
class Process:
    """A started `ews` with everything it has said."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        """All it has said, errors too."""
        return "\n".join(self.said)

    def family(self) -> list[psutil.Process]:
        """It and everything it started."""
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def child(self, *words: str) -> psutil.Process | None:
        """Its child whose command line has these words."""
        for process in self.family()[1:]:
            try:
                command, parent = process.cmdline(), process.ppid()
            except psutil.Error:
                continue
            if all(word in command for word in words) and parent == self.process.pid:
                return process
        return None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Signal it, and check that all of its family is gone; the seconds until then."""
        family = self.family()
        began = time.monotonic()
        self.process.send_signal(number)
        _, left = psutil.wait_procs(family, timeout=20)
        seconds = time.monotonic() - began
        assert not left, f"still there: {[process.cmdline() for process in left]}"
        self.process.wait(60)
        self._reader.join(60)
        return seconds

    def close(self) -> None:
        """Let go of an ended process."""
        self.process.wait(60)
        self._reader.join(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Ews:
    """The command with a data folder and a port of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    started: list[Process] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def _environment(self) -> dict[str, str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("EWS_")}
        return {**clean, "EWS_DATA_DIR": str(self.data), "EWS_HTTP_PORT": str(self.port), **self.environment}

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [str(Path(sys.executable).with_name("ews")), *arguments]

    def start(self, *arguments: str) -> Process:
        """Start it in the background, in a session of its own like a terminal's."""
        process = Process(
            subprocess.Popen(
                self._command(arguments),
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def close(self) -> None:
        """End whatever a failed test left."""
        for process in self.started:
            family = process.family()
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended since it was listed
                    member.kill()
            psutil.wait_procs(family, timeout=10)
            process.close()


def ask(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement.encode(), values).fetchall()
