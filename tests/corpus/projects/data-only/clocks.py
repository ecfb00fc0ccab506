import zoneinfo
from datetime import datetime

zoneinfo.reset_tzpath([])


def predict(values):
    return [str(datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo(str(value))).utcoffset()) for value in values]
