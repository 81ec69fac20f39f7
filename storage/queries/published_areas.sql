select area from published_area order by area
