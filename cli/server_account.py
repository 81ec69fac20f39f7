"""The account that PostgreSQL runs under: our own, or for root a system user, because PostgreSQL refuses root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import structlog

from domain.errors import EwsError

SERVER_USER = "hue-ews-postgres"

_log = structlog.get_logger(__name__)


def server_user() -> str | None:
    """None for an ordinary user. For root the system user, created at the first need. Raises EwsError when it cannot be."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        _create()
    return SERVER_USER


def _create() -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise EwsError(f"PostgreSQL does not run as root and useradd is missing: create the system user {SERVER_USER}")
    command = [program, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", SERVER_USER]
    made = subprocess.run([*command, "--shell", "/bin/false"], capture_output=True, text=True, check=False)
    if made.returncode:
        raise EwsError(
            f"PostgreSQL does not run as root and its user {SERVER_USER} cannot be made: {made.stderr.strip()}"
        )


def hand_over(folder: Path, user: str | None) -> None:
    """Make `folder` (0700, created when absent) belong to `user`, and let that user reach it. None: it stays ours."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if user is None:
        return
    account = pwd.getpwnam(user)
    os.chown(folder, account.pw_uid, account.pw_gid)
    let_through(folder)


def let_through(path: Path) -> None:
    """Let every user pass (not list) the folders above `path`: a system user has to get to its data and programs."""
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
            _log.warning("folder_made_passable", folder=str(folder), because=f"{SERVER_USER} must reach {path}")
