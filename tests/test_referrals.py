"""Referrals, each tied to the visit it came from, on both databases."""

import pytest

from consumption_room import journal
from consumption_room.database import transaction
from consumption_room.errors import FieldsWrong, NotFound, OutOfOrder
from consumption_room.referrals import queries, service
from consumption_room.referrals.rules import NeedsAReason, NoConsent
from consumption_room.vocabulary.referrals import ReferralState, ServiceKind
from tests.builders import NINA, NINE, TODAY, carried_on, gone, referral, visit


def test_a_referral_is_a_draft_that_knows_its_visit_its_partner_and_its_owner(room):
    one = visit()
    made = referral(one)
    assert (made.state, made.owner, made.service_day) == (ReferralState.DRAFT, "Nina", TODAY)
    assert [found.code for found in queries.of_visit(one.id)] == [made.code]
    assert made.service.name == "City housing office"


def test_nothing_is_sent_without_consent_and_the_draft_stays(room):
    made = referral(visit(), consent=False)
    with pytest.raises(NoConsent, match="It stays a draft"):
        carried_on(made, ReferralState.SENT)
    assert made.state is ReferralState.DRAFT
    assert [event.event for event in made.events] == [ReferralState.DRAFT]


def test_each_step_is_kept_with_who_and_why(room):
    made = referral(visit())
    carried_on(made, ReferralState.SENT)
    carried_on(made, ReferralState.DECLINED, "no places")
    assert [(event.event, event.by, event.reason) for event in made.events] == [
        (ReferralState.DRAFT, "Nina", None),
        (ReferralState.SENT, "Nina", None),
        (ReferralState.DECLINED, "Nina", "no places"),
    ]


def test_declining_withdrawing_and_losing_need_a_reason(room):
    made = carried_on(referral(visit()), ReferralState.SENT)
    for state in (ReferralState.DECLINED, ReferralState.WITHDRAWN, ReferralState.LOST):
        with pytest.raises(NeedsAReason):
            carried_on(made, state)


def test_the_same_step_twice_is_once(room):
    made = carried_on(referral(visit()), ReferralState.SENT)
    before = journal.last()
    carried_on(made, ReferralState.SENT)
    assert (journal.last(), len(made.events)) == (before, 2)


def test_what_has_ended_does_not_go_on(room):
    made = carried_on(referral(visit()), ReferralState.WITHDRAWN, "changed their mind")
    with pytest.raises(OutOfOrder, match="withdrawn cannot become sent"):
        carried_on(made, ReferralState.SENT)


def test_people_are_referred_from_a_real_visit_to_an_open_partner(room):
    one = visit()
    with pytest.raises(FieldsWrong):
        referral(one, service="no-such-partner")
    with transaction():
        service.change_service("housing-office", {"closed": True}, NINA, NINE)
    with pytest.raises(FieldsWrong):
        referral(one)
    assert "housing-office" not in [partner.code for partner in queries.services(open_only=True)]


def test_a_referral_may_be_made_after_the_visit_ended(room):
    assert referral(gone(visit())).state is ReferralState.DRAFT


def test_a_new_partner_is_in_the_directory(room):
    with transaction():
        added = service.add_service(service.NewService("Night shelter", ServiceKind.HOUSING), NINA, NINE)
    assert service.get_service(added.code).name == "Night shelter"
    with pytest.raises(NotFound):
        service.get_service("nowhere")


def test_the_journal_of_a_referral_holds_codes_only(room):
    made = referral(visit())
    row = journal.after(journal.last() - 1)[0]
    assert (row.subject, row.visit, row.payload) == (
        made.code,
        made.visit.code,
        {"service": "housing-office", "consent": True},
    )
