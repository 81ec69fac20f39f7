copy pg_temp.incoming (place, series_id, observed_at, received_at, value, flag, seq, status, battery_v)
from stdin (format binary)
