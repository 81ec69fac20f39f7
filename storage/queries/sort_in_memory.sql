-- Until the transaction ends: a day of thousands of series is sorted in memory, not through files.
set local work_mem = '64MB'
