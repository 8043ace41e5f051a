# The holidays of many countries by workalendar, a library of others: prints
# "XX YYYY-MM-DD" for each. The test compares them with the packs.

import sys

from workalendar.registry import registry

first, last = int(sys.argv[1]), int(sys.argv[2])

for country in sys.argv[3:]:
    calendar = registry.get(country)()

    for year in range(first, last + 1):
        for day in sorted({day for day, _ in calendar.holidays(year)}):
            print(country, day.isoformat())
