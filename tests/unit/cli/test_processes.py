"""The supervisor with real children: order, restarts, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.child import Child, announce_ready, start
from cli.processes import LONGEST_PAUSE_S, Supervisor, ending, pause_before_restart
from domain.errors import EwsError

READY = "import socket,os; a=os.environ['NOTIFY_SOCKET']; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.sendto(b'READY=1','\\0'+a[1:])\n"
SLEEP = "import time\nprint('here', flush=True)\ntime.sleep(60)\n"


def child(name: str, code: str, **others: object) -> Child:
    return Child(name=name, command=(sys.executable, "-S", "-c", code), **others)  # type: ignore[arg-type]


class Said:
    """What the children said, as (name, line)."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def has(self, name: str, text: str) -> bool:
        return any(text in line for said_by, line in self.lines if said_by == name)


def supervise(said: Said, *children: Child, until: Callable[[], bool], seconds: float = 15.0) -> int:
    code = Supervisor(children, show=said, finished=until, seconds=seconds).run()
    assert until() or code, said.lines
    return code


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


@pytest.mark.parametrize(("failures", "pause"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 30.0), (5000, LONGEST_PAUSE_S)])
def test_pauses_grow_and_are_capped(failures: int, pause: float) -> None:
    assert pause_before_restart(failures) == pause


@pytest.mark.parametrize(("code", "words"), [(0, "exit code 0"), (2, "exit code 2"), (-9, "killed by SIGKILL")])
def test_how_a_process_ended_is_said_in_words(code: int, words: str) -> None:
    assert ending(code) == words


def test_a_child_starts_only_after_those_it_needs() -> None:
    said = Said()
    first = child("first", "import time; time.sleep(0.5)\n" + READY + SLEEP)
    second = child("second", SLEEP, after=("first",))
    supervise(said, second, first, until=lambda: said.has("second", "here"))
    assert said.lines.index(("first", "ready")) < said.lines.index(("second", "here"))


def test_one_that_runs_once_is_awaited_and_not_restarted() -> None:
    said = Said()
    supervise(
        said,
        child("once", "print('done')", once=True),
        child("next", SLEEP, after=("once",)),
        until=lambda: said.has("next", "here"),
    )
    assert [line for line in said.lines if line[0] == "once"] == [("once", "done")]


def test_one_that_runs_once_and_fails_ends_everything_with_its_last_words() -> None:
    said = Said()
    supervisor = Supervisor(
        [child("worker", SLEEP), child("once", "print('ews: no such file'); raise SystemExit(2)", once=True)], show=said
    )
    assert supervisor.run() == 2
    assert supervisor.failure == "no such file"


def test_one_that_dies_is_started_again(tmp_path: Path) -> None:
    said = Said()
    code = f"import os\nopen({str(tmp_path / 'pids')!r}, 'a').write(str(os.getpid()) + '\\n')\nos.kill(os.getpid(), 9)"
    pids = tmp_path / "pids"
    supervise(said, child("weak", code), until=lambda: pids.exists() and len(pids.read_text().split()) >= 3)
    assert said.has("weak", "ended unexpectedly (killed by SIGKILL)")
    assert said.has("weak", "is started again in 0.5 s")
    assert said.has("weak", "is started again in 1 s")


class Lacking:
    """What is done before each start: the n-th time something is lacking."""

    def __init__(self, lacking: Exception, *times: int) -> None:
        self._lacking, self._times, self.asked = lacking, times, 0

    def __call__(self, _: int = 0) -> bool:
        self.asked += 1
        if self.asked in self._times:
            raise self._lacking
        return True


@pytest.mark.parametrize(
    "lacking",
    [OSError(12, "Cannot allocate memory"), subprocess.SubprocessError("preexec"), EwsError("no room")],
    ids=lambda error: type(error).__name__,
)
def test_a_start_that_something_prevents_is_tried_again_and_ends_nobody(lacking: Exception) -> None:
    said, preparing = Said(), Lacking(lacking, 2)
    # Killed late enough that its readiness is seen: one that was never at work may be refused for good.
    code = READY + "import os, time\ntime.sleep(0.5)\nos.kill(os.getpid(), 9)"
    supervise(
        said,
        child("healthy", SLEEP),
        child("weak", code, prepare=preparing),
        until=lambda: preparing.asked >= 3 and said.lines.count(("weak", "ready")) >= 2,
    )
    assert said.has("weak", f"cannot be started ({lacking})")
    assert said.has("weak", "is started again in 1 s")
    assert said.lines.count(("healthy", "here")) == 1
    assert not said.has("healthy", "ended")


def test_what_prevents_the_very_first_start_ends_everything() -> None:
    for lacking in (OSError(2, "No such file"), EwsError("another version")):
        with pytest.raises(type(lacking)):
            Supervisor([child("weak", SLEEP, prepare=Lacking(lacking, 1))], show=Said(), seconds=20).run()


def test_a_question_that_cannot_be_asked_is_asked_again() -> None:
    said, probing = Said(), Lacking(OSError(11, "Resource temporarily unavailable"), 2)
    supervise(
        said,
        child("base", "import os, time\ntime.sleep(0.5)\nos.kill(os.getpid(), 9)", probe=probing),
        until=lambda: said.lines.count(("base", "ready")) >= 2,
    )
    assert said.has("base", "cannot be asked whether it is ready")


@pytest.mark.alone
def test_a_service_that_never_works_ends_everything() -> None:
    said = Said()
    supervisor = Supervisor([child("base", "raise SystemExit(1)", serves=True)], show=said, seconds=20)
    assert supervisor.run() == 1
    assert "base does not start" in supervisor.failure


@pytest.mark.alone
def test_a_child_that_ignores_the_request_is_killed_within_5_s() -> None:
    said = Said()
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEP
    began = []

    def until() -> bool:
        if said.has("deaf", "here") and said.has("other", "here"):
            began.append(time.monotonic())
        return bool(began)

    supervise(said, child("deaf", code), child("other", SLEEP), until=until)
    assert 2.5 < time.monotonic() - began[0] < 5.0
    assert said.has("deaf", "does not stop in time")
    assert not said.has("other", "does not stop in time")


def test_services_stop_after_those_they_serve(tmp_path: Path) -> None:
    said, order = Said(), tmp_path / "order"

    def noting(name: str) -> str:
        note = f"lambda *_: (open({str(order)!r}, 'a').write('{name} '), os._exit(0))"
        return f"import os, signal; signal.signal(signal.SIGTERM, {note})\n" + SLEEP

    supervise(
        said,
        child("base", noting("base"), serves=True),
        child("worker", "import time; time.sleep(0.2)\n" + noting("worker")),
        until=lambda: said.has("worker", "here") and said.has("base", "here"),
    )
    assert order.read_text().split() == ["worker", "base"]


def test_what_a_child_leaves_in_its_group_goes_with_it() -> None:
    said = Said()
    code = "import subprocess, sys\np = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\nprint('grandchild', p.pid, flush=True)\n"
    supervise(said, child("parent", code + SLEEP), until=lambda: said.has("parent", "grandchild"))
    pid = int(next(line for _, line in said.lines if line.startswith("grandchild")).split()[1])
    assert wait_until_gone(pid, 20)


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(number: signal.Signals) -> None:
    said = Said()
    sent = []

    def tick() -> None:
        if said.has("worker", "here") and not sent:
            sent.append(time.monotonic())
            os.kill(os.getpid(), number)

    assert Supervisor([child("worker", SLEEP)], show=said, on_tick=tick, seconds=60).run() == 0
    assert time.monotonic() - sent[0] < 2


def test_children_stop_when_the_supervisor_is_killed() -> None:
    code = """
import sys
from cli.child import Child
from cli.processes import Supervisor
sleep = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
Supervisor([Child(name=n, command=(sys.executable, "-S", "-c", sleep)) for n in "ab"]).run()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(supervisor.stdout.readline().split()[-1]) for _ in range(2)]
        assert all(alive(pid) for pid in pids)
        supervisor.kill()
        assert all(wait_until_gone(pid, 20) for pid in pids)


def test_incomplete_and_broken_lines_are_shown() -> None:
    said = Said()
    code = "import os; os.write(1, b'caf\\xe9 half'); os.write(2, b' whole\\nrest')"
    supervise(said, child("mumbler", code, once=True), until=lambda: said.has("mumbler", "rest"))
    assert [line for _, line in said.lines] == ["caf\ufffd half whole", "rest"]


def test_a_child_reads_nothing_and_has_a_session_of_its_own() -> None:
    running = start(child("alone", "import os,sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"))
    running.process.wait(10)
    assert running.lines(last=True) == ["True True"]
    running.close()


def test_readiness_is_announced_to_whoever_started_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    announce_ready()  # nobody asked: nothing happens
    monkeypatch.setenv("NOTIFY_SOCKET", "@nobody-listens-here")
    announce_ready()
    running = start(child("told", "from cli.child import announce_ready; announce_ready()"))
    running.process.wait(10)
    running.lines(last=True)
    running.close()


def test_announce_ready_reaches_the_supervisor() -> None:
    said = Said()
    command = (sys.executable, "-c", "from cli.child import announce_ready; announce_ready()\n" + SLEEP)
    supervise(said, Child(name="worker", command=command), until=lambda: said.has("worker", "ready"))
