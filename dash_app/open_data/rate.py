"""No more from one asker than is agreed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from http import HTTPStatus

from alerts.token_bucket import TokenBucket
from dash_app.open_data.problems import ProblemError

#: So many askers are remembered; who was not heard of for longest is forgotten, with a full bucket.
_MOST_ASKERS = 10_000


class Rate:
    """A bucket for each asker that holds a minute's worth. `per_minute` 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, asker: str) -> None:
        """Count one request. Raises ProblemError 429 with Retry-After."""
        if not self._per_minute:
            return
        with self._lock:
            bucket = self._buckets.setdefault(asker, TokenBucket(self._per_minute, self._per_minute))
            self._buckets.move_to_end(asker)
            if len(self._buckets) > _MOST_ASKERS:
                self._buckets.popitem(last=False)
            if bucket.available(time.monotonic()) == 0:
                wait_s = max(1, round(60 / self._per_minute))
                detail = f"more than {self._per_minute} requests a minute; wait, and ask with If-None-Match"
                raise ProblemError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(wait_s)})
            bucket.take(1)
