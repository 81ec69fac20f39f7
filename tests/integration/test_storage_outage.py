"""The pool and the listener outlive a database that crashes."""

import time

import pytest

from domain.errors import DatabaseUnavailableError
from storage.database import Database
from storage.notifications import EVERYTHING, NETWORK, Listener, Notification, notify


def test_pool_and_listener_recover_by_themselves(own_postgresql: object) -> None:
    with Database(own_postgresql.url) as database, Listener(own_postgresql.url, [NETWORK]) as listener:
        with database.transaction() as c:
            c.execute("select 1")
        assert listener.wait(60) == [Notification(NETWORK, EVERYTHING)]
        own_postgresql.stop_immediately()
        with pytest.raises(DatabaseUnavailableError), database.transaction() as c:
            c.execute("select 1")
        assert listener.wait(0.5) == []
        own_postgresql.start()
        until = time.monotonic() + 90
        heard: list[Notification] = []
        while not heard and time.monotonic() < until:
            heard = listener.wait(1)
        assert heard == [Notification(NETWORK, EVERYTHING)], "whatever was said meanwhile was not heard"
        with database.transaction() as c:
            notify(c, NETWORK, "")
        assert listener.wait(60) == [Notification(NETWORK, "")]
