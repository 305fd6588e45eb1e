"""What is kept about people and about what was written, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from consumption_room.policy.reading import Found, Insist


@dataclass(frozen=True)
class Keeping:
    """How long flags, records, stored answers and deliveries last, and how a lost code is found again."""

    flag_lasts: timedelta
    flag_soon: timedelta
    merge_undone_within: timedelta
    recovery_tries: int
    recovery_within: timedelta
    forgotten_after_months: int
    answers_kept: timedelta
    deliveries_kept: timedelta


def read(found: Found) -> Keeping:
    """What is kept, as the file says it."""
    record, writing = found["record"], found["writing"]
    return Keeping(
        flag_lasts=timedelta(days=record["flag_lasts_days"]),
        flag_soon=timedelta(days=record["flag_soon_days"]),
        merge_undone_within=timedelta(hours=record["merge_undone_within_hours"]),
        recovery_tries=record["recovery_tries"],
        recovery_within=timedelta(minutes=record["recovery_within_minutes"]),
        forgotten_after_months=record["forgotten_after_months"],
        answers_kept=timedelta(hours=writing["answers_kept_hours"]),
        deliveries_kept=timedelta(days=writing["deliveries_kept_days"]),
    )


def check(policy: Keeping, insist: Insist) -> None:
    """Insist that what is put up lasts a while, and that a code can be found again."""
    insist(policy.flag_lasts >= timedelta(days=1), "a flag lasts a day or longer.")
    insist(policy.recovery_tries >= 1, "at least one try to recover a lost code.")
    insist(policy.forgotten_after_months >= 1, "people are forgotten after one month or more.")
