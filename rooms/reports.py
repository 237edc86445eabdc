"""Telling those who keep order about somebody. Whoever is the subject is never shown it."""

from rooms.facts import ReportMade, ReportSettled
from rooms.host_commands import ReportMember, SettleReport
from rooms.limits import REPORT_MAX_CHARS
from rooms.model import Report
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Decision, Sitting, actor_with, other_met, refuse, rule_for


@rule_for.register
def report_member(command: ReportMember, sitting: Sitting) -> Decision:
    """Tell about a member, seated or gone; also while the room is frozen. Words are welcome, not needed."""
    actor = sitting.seat(command.by)
    if actor is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    refusal = other_met(sitting, actor, command.member_id)
    if refusal is not None:
        return refusal
    words = read_text(command.words, REPORT_MAX_CHARS)
    if isinstance(words, Refusal):
        if words.code is not RefusalCode.EMPTY_TEXT:
            return words
        words = ""
    report = Report(
        report_id=command.report_id,
        member_id=command.member_id,
        reason=command.reason,
        words=words,
        at_ms=sitting.now_ms,
    )
    return (ReportMade(report=report),)


@rule_for.register
def settle_report(command: SettleReport, sitting: Sitting) -> Decision:
    """Say that a report was looked into. For its subject there is no such report."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    for report in sitting.room.reports:
        if report.report_id == command.report_id and report.member_id != command.by:
            return (ReportSettled(report_id=command.report_id),)
    return refuse(RefusalCode.NO_SUCH_REPORT)
