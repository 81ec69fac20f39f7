"""An exercise as people play it: real processes, faults, the broker taken away, recipients who confirm, and the report."""

from __future__ import annotations

import shutil
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.embedded import database_for_a_moment
from cli.exercise_crossings import crossings
from cli.exercise_evidence import gather
from cli.exercise_folder import ExerciseFolder
from cli.exercise_verdict import verdict_of
from domain.alerts import Event
from domain.exercise import FaultKind
from domain.settings import load_settings
from domain.times import local
from scheduler.evidence import add_later_evidence
from simulators.field.truth import load_truth
from storage.database import Database
from tests.acceptance.running import Ews, wait_for
from tests.acceptance.test_replay import running
from tests.standing_house import standing_house

pytestmark = pytest.mark.timeout(600)
CONFIG = Path(__file__).resolve().parents[2] / "config"
HOUR = timedelta(hours=1)
#: The first crossing of BĐ3 at Kim Long, with everything that an exercise can do.
SHORT = """
name = "short"
title_vi = "Diễn tập ngắn"
title_en = "A short exercise"
nature = "hue-2025"
seed = 3
begins = 2025-10-27T03:00:00+07:00
ends = 2025-10-27T08:00:00+07:00
warm_up_h = 2.0
speed = 7200.0
watched = ["kim_long"]
[answers]
least_min = 1.0
most_min = 5.0
never_share = 0.2
[broker_outage]
begins = 2025-10-27T04:00:00+07:00
minutes = 40.0
[[receiver_down]]
recipient = "city_command"
begins = 2025-10-27T03:00:00+07:00
minutes = 30.0
[[fault]]
station = "da_vien"
kind = "flooded_out"
begins = 2025-10-27T03:00:00+07:00
ends = 2025-10-27T08:00:00+07:00
[[fault]]
station = "tu_phu"
kind = "spike"
amount = 2.0
begins = 2025-10-27T05:00:00+07:00
ends = 2025-10-27T05:10:00+07:00
"""


def test_an_exercise_is_played_counted_confirmed_and_judged(ews: Ews) -> None:
    shutil.copytree(CONFIG, ews.folder / "config")
    (ews.folder / "config" / "exercises" / "short.toml").write_text(SHORT, encoding="utf-8")
    kept = ews.folder / "kept"
    # What the installation talks to is none of the exercise's business: nobody answers at these addresses.
    ews.environment |= {
        "EWS_CONFIG_DIR": str(ews.folder / "config"),
        "EWS_DATABASE_URL": "postgresql://127.0.0.1:9/none",
        "EWS_MQTT_URL": "mqtt://127.0.0.1:9",
    }
    page = ews.folder / "report.html"
    played = ews.run("exercise", "run", "short", "--keep", str(kept), "--html", str(page), timeout=500)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "the broker is away" in played.stdout
    assert not any(str(kept) in line for line in running())

    folder = ExerciseFolder(kept)
    found = gather(folder)
    run, counts = found.run, found.counts
    assert (run.finished, run.settled) == (True, True)
    assert run.buffered > 0
    lost = sum(series.lost for series in found.truth.series)
    assert run.measured - lost == run.warm_up + run.played == sum(found.stored.values())
    # A reading that is repeated after the outage is lost again where nobody listened yet, or arrives twice.
    assert counts.received - counts.duplicates == run.warm_up + run.played
    assert counts.duplicates <= run.again + run.repeated
    assert (counts.revisions, counts.rejected, found.scores.missing) == (0, 0, {})

    (third,) = [row for row in crossings(found) if row.level == 3]
    assert third.station == "kim_long"
    # The water stands at BĐ3 for hours before it was reported to pass it at 06:00 in Huế.
    assert datetime(2025, 10, 26, 19, tzinfo=UTC) <= third.at <= datetime(2025, 10, 27, 0, tzinfo=UTC)
    assert any(told.confirmed_min is not None for told in third.told)
    silent = {answer.recipient for answer in found.answers if answer.after_min is None and not answer.refused}
    assert {a.recipient for a in found.confirmed} & silent == set()
    assert {answer.recipient for answer in found.answers if answer.refused} <= {"city_command"}
    (drowned,) = [v for v in found.scores.verdicts if v.fault.kind is FaultKind.FLOODED_OUT]
    assert "no_signal" in drowned.by
    early = [alert for alert in found.alerts if alert.event is Event.NO_SIGNAL and alert.raised_at <= run.begins]
    assert early == [], "the past came at once, and nobody was silent in it"

    assert f"{run.warm_up + run.played} readings sent" in played.stdout
    text = page.read_text(encoding="utf-8")
    assert "DIỄN TẬP" in text
    assert "SYNTHETIC" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


#: Days with nothing to warn of, and one day of a season before.
CALM = """
name = "calm"
title_vi = "Ngày khô"
title_en = "Dry days"
nature = "dry-month"
seed = 3
begins = 2026-04-05T22:00:00+07:00
ends = 2026-04-25T00:00:00+07:00
warm_up_h = 2.0
experience_days = 1.0
speed = 7200.0
watched = ["kim_long"]
hazards = []
[answers]
least_min = 1.0
most_min = 5.0
never_share = 0.2
"""


def test_calm_after_a_season_on_record_raises_nothing_and_ctrl_c_ends_it_with_all_that_was_played(ews: Ews) -> None:
    shutil.copytree(CONFIG, ews.folder / "config")
    (ews.folder / "config" / "exercises" / "calm.toml").write_text(CALM, encoding="utf-8")
    ews.environment |= {"EWS_CONFIG_DIR": str(ews.folder / "config")}
    kept = ews.folder / "kept"
    process = ews.start("exercise", "run", "calm", "--keep", str(kept))
    folder, begins = ExerciseFolder(kept), datetime(2026, 4, 5, 15, tzinfo=UTC)
    wait_for(
        "half a day of the exercise",
        lambda: (kept / "exercise.json").exists() and any(m.at >= begins + 12 * HOUR for m in folder.moments()),
        450,  # every gauge's models are fitted first, and each round waits for what came of the last
    )
    process.stop(signal.SIGINT)
    assert not any(str(kept) in line for line in running())
    run = folder.run()
    assert not run.finished
    assert begins + 12 * HOUR <= run.ends < begins + 400 * HOUR
    sent = sum(series.sent for series in load_truth(folder.truth_file).series)
    assert sent == run.warm_up + run.played > 5_000

    log = folder.log_file.read_text(encoding="utf-8").splitlines()
    (learnt,) = [place for place, line in enumerate(log) if "readings of the season before" in line]
    at_work = [place for place, line in enumerate(log) if line.startswith("scheduler")]
    assert run.experience > 1_000
    assert min(at_work) > learnt, "nobody judges what is sent as the past"

    settings = load_settings({}, data_dir=kept, config_dir=folder.config_dir)
    with database_for_a_moment(settings) as url, Database(url, max_size=4) as database:
        add_later_evidence(standing_house(database), None, datetime.now(UTC))
    found = gather(folder)
    assert min(h.at_s.min() for h in found.levels.values()) >= (begins - 2 * HOUR).timestamp()
    assert found.forecasts["kim_long"], "the models had learnt when it began"
    verdict = verdict_of(found)
    assert (verdict.alerts, verdict.failed_good, verdict.suspect_good) == (0, 0, 0), verdict.complaint
    # What was under way when everything was ended at once is nobody's loss, and a part of an exercise is not the whole.
    assert verdict.missing == 0
    assert verdict.complaint == f"stopped at {local(run.ends):%d/%m/%Y %H:%M}, not the whole exercise"
