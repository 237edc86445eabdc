"""Weekly meetings for rooms of a test, set by how far from now they start."""

from datetime import UTC, datetime, timedelta

EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"


def minutes_from_now(minutes: int) -> datetime:
    """Return the next full minute, in UTC, after so many minutes."""
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=minutes + 1)


def meeting(
    starts: datetime, *, minutes: int = 60, doors: int = 15, fellowship: int = 30, days: str = EVERY_DAY
) -> str:
    """Return a series as the configuration has it, on the clocks of UTC."""
    return (
        f'{{ every = "{days}", at = "{starts:%H:%M}", minutes = {minutes}, zone = "UTC", '
        f"doors = {doors}, fellowship = {fellowship} }}"
    )
