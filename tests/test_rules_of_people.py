"""Aliases, phrases, permissions, lock-outs, referrals, forms and settings: pure rules."""

import itertools
import re
import stat
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from consumption_room import settings
from consumption_room.clients import rules as clients
from consumption_room.database import ALPHABET, new_code
from consumption_room.errors import FieldsWrong, OutOfOrder, TooManyTries, Unsafe
from consumption_room.forms import Choices, Form, Text, Whole
from consumption_room.referrals import rules as referrals
from consumption_room.staff import rules as staff
from consumption_room.staff.rules import DEVICES, ROLES, Permission
from consumption_room.vocabulary.doses import Limit
from consumption_room.vocabulary.lists import LISTS
from consumption_room.vocabulary.people import AgeBand
from consumption_room.vocabulary.referrals import ReferralState
from consumption_room.vocabulary.staff import DeviceKind, Role
from consumption_room.vocabulary.visits import Purpose
from tests.builders import NINE


class TestAliases:
    """How aliases are compared and phrases kept."""

    @given(st.text(max_size=40))
    def test_folding_twice_is_folding_once(self, alias):
        assert clients.folded(clients.folded(alias)) == clients.folded(alias)

    @given(st.text(alphabet="abcæøåéü ", max_size=20))
    def test_case_and_spaces_make_no_difference(self, alias):
        assert clients.folded(f"  {alias.upper()}  ") == clients.folded(alias)

    def test_a_phrase_is_kept_under_the_installations_own_key(self):
        digest = clients.phrase_digest("my dog rex", b"one")
        assert digest == clients.phrase_digest(" My DOG  rex", b"one")
        assert digest != clients.phrase_digest("my dog rex", b"another")

    def test_codes_are_unguessable_and_without_look_alikes(self):
        assert len({new_code() for _ in range(1000)}) == 1000
        assert set("01lio") & set(ALPHABET) == set()

    @pytest.mark.parametrize(("year", "band", "fits"), [(None, None, True), (1980, None, True), (None, "x", True)])
    def test_one_age_is_enough(self, year, band, fits):
        clients.one_age(year, band)
        with pytest.raises(FieldsWrong):
            clients.one_age(1980, AgeBand.OVER_50)


class TestPermissions:
    """Who may do what."""

    @pytest.mark.parametrize("role", Role)
    def test_everybody_who_works_here_can_call_for_help(self, role):
        assert Permission.RAISE_ALARM in ROLES[role]

    @pytest.mark.parametrize("kind", DeviceKind)
    def test_a_device_alone_sees_no_person_and_changes_nothing_but_raises_alarms(self, kind):
        harmless = {
            *(Permission.SEE_BOARD, Permission.SEE_CUBICLES, Permission.SEE_ALARMS),
            *(Permission.RAISE_ALARM, Permission.RECEIVE_ALARMS, Permission.SEND_HEARTBEAT),
            # A card is shown to a screen at the door, and a sensor tells of the cubicle it hangs in.
            *(Permission.CHECK_IN_ONESELF, Permission.SENSE_CUBICLE),
        }
        assert DEVICES[kind] <= harmless

    def test_a_button_raises_alarms_says_what_it_senses_and_nothing_else(self):
        signals = {Permission.SEND_HEARTBEAT, Permission.SENSE_CUBICLE}
        assert DEVICES[DeviceKind.BUTTON] == {Permission.RAISE_ALARM, *signals}

    def test_only_those_who_meet_people_see_who_they_are(self):
        assert {role for role in Role if Permission.SEE_CLIENTS in ROLES[role]} == {
            Role.RECEPTION,
            Role.NURSE,
            Role.PRESCRIBER,
            Role.CASE_WORKER,
        }

    def test_the_journal_is_for_the_auditor_and_the_auditor_changes_nothing(self):
        assert {role for role in Role if Permission.READ_JOURNAL in ROLES[role]} == {Role.AUDITOR}
        assert ROLES[Role.AUDITOR] == {
            Permission.RAISE_ALARM,
            Permission.SEE_ALARMS,
            Permission.RECEIVE_ALARMS,
            Permission.SEE_REPORTS,
            Permission.SEE_REGISTER,
            Permission.READ_JOURNAL,
        }

    def test_every_role_and_every_device_stands_in_the_table(self):
        assert set(ROLES) == set(Role)
        assert set(DEVICES) == set(DeviceKind)

    def test_a_person_at_a_station_has_what_both_may(self):
        assert staff.allowed(Role.AUDITOR, DeviceKind.WALL) == ROLES[Role.AUDITOR] | DEVICES[DeviceKind.WALL]
        assert staff.allowed(None, None) == frozenset()

    @given(st.integers(0, 20), st.integers(1, 10))
    def test_a_pin_is_shut_from_the_last_try_on_and_never_shuts_the_password(self, failures, tries):
        staff.may_try(False, failures, None, tries, NINE)
        if failures < tries:
            staff.may_try(True, failures, None, tries, NINE)
        else:
            with pytest.raises(TooManyTries):
                staff.may_try(True, failures, None, tries, NINE)

    def test_a_locked_password_opens_again_by_itself(self):
        later = NINE + timedelta(minutes=10)
        with pytest.raises(TooManyTries):
            staff.may_try(False, 0, later, 5, NINE)
        staff.may_try(False, 0, later, 5, later)


class TestReferrals:
    """How a referral may go on."""

    @pytest.mark.parametrize("old", ReferralState)
    @pytest.mark.parametrize("new", ReferralState)
    def test_a_referral_never_goes_back_and_never_skips_sending(self, old, new):
        ended = {ReferralState.COMPLETED, ReferralState.DECLINED, ReferralState.WITHDRAWN, ReferralState.LOST}
        if old in ended or new is ReferralState.DRAFT or old is new:
            with pytest.raises(OutOfOrder):
                referrals.may_become(old, new, True, "a reason")
        if old is ReferralState.DRAFT and new not in {ReferralState.SENT, ReferralState.WITHDRAWN}:
            with pytest.raises(OutOfOrder):
                referrals.may_become(old, new, True, "a reason")

    def test_the_way_to_success_is_open(self):
        way = [
            *(ReferralState.DRAFT, ReferralState.SENT, ReferralState.RECEIVED, ReferralState.WAITLISTED),
            *(ReferralState.ACCEPTED, ReferralState.STARTED, ReferralState.COMPLETED),
        ]
        for old, new in itertools.pairwise(way):
            referrals.may_become(old, new, True, None)

    def test_nothing_is_sent_without_consent(self):
        with pytest.raises(referrals.NoConsent):
            referrals.may_become(ReferralState.DRAFT, ReferralState.SENT, False, None)

    @pytest.mark.parametrize("new", sorted(referrals.NEEDS_A_REASON))
    @pytest.mark.parametrize("reason", [None, ""])
    def test_bad_ends_need_a_reason(self, new, reason):
        with pytest.raises(referrals.NeedsAReason):
            referrals.may_become(ReferralState.SENT, new, True, reason)


@dataclass(frozen=True)
class Said:
    """What the little form below makes."""

    alias: str
    pieces: int = 1
    purposes: tuple[Purpose, ...] = ()


class SaidForm(Form):
    """A little form."""

    makes = Said

    alias = Text(longest=10, shortest=2, required=True)
    pieces = Whole(least=1, most=100)
    purposes = Choices(Purpose)


class TestForms:
    """Requests are read strictly and become one frozen thing."""

    def test_a_form_makes_its_thing(self):
        said = SaidForm().load({"alias": "  Heron ", "pieces": 3, "purposes": ["needles", "needles", "consume"]})
        assert said == Said("Heron", 3, (Purpose.NEEDLES, Purpose.CONSUME))

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"alias": "Heron", "unheard": 1},
            {"alias": "H"},
            {"alias": " H "},
            {"alias": "Heron" * 3},
            {"alias": "He\x00ron"},
            {"alias": "He\u202eron"},
            {"alias": "He\nron"},
            {"alias": 7},
            {"alias": None},
            *({"alias": "Heron", "pieces": pieces} for pieces in (0, 101, True, 1.5, "1.5", "x", None, 10**30)),
            *({"alias": "Heron", "purposes": purposes} for purposes in ([], ["flying"], "consume", [None], {})),
        ],
        ids=repr,
    )
    def test_what_is_not_understood_is_refused_by_field(self, wrong):
        with pytest.raises(ValidationError) as refusal:
            SaidForm().load(wrong)
        assert set(refusal.value.messages_dict) <= {"alias", "pieces", "purposes", "unheard"}

    @pytest.mark.parametrize("body", [[], "text", 7, None])
    def test_a_body_that_is_no_object_is_refused(self, body):
        with pytest.raises(ValidationError):
            SaidForm().load(body)


class TestSettings:
    """Where an installation runs."""

    def test_a_variable_beats_the_named_file_and_that_beats_our_own(self, tmp_path):
        named = tmp_path / "here.toml"
        named.write_text('port = 6001\nlanguage = "da"\n')
        found = settings.load({"ROOM_CONFIG": str(named), "ROOM_PORT": "6002", "ROOM_DATA_DIR": str(tmp_path)})
        assert (found.port, found.language, found.data_dir) == (6002, "da", tmp_path)

    @pytest.mark.parametrize(
        "environment",
        [
            {"ROOM_CONFIG": "no-such-file.toml"},
            {"ROOM_TIMEZONE": "Moon/Base"},
            {"ROOM_LANGUAGE": "xx"},
            {"ROOM_PORT": "many"},
            {"ROOM_POLICY_FILE": "no-such-policy.toml"},
        ],
        ids=lambda environment: next(iter(environment)),
    )
    def test_a_setting_that_cannot_be_worked_with_is_refused(self, environment):
        with pytest.raises(Unsafe):
            settings.load(environment)

    def test_a_setting_nobody_knows_is_refused(self, tmp_path):
        named = tmp_path / "here.toml"
        named.write_text("prot = 6001\n")
        with pytest.raises(Unsafe, match="prot"):
            settings.load({"ROOM_CONFIG": str(named)})

    def test_the_secret_is_made_once_and_for_this_user_alone(self, tmp_path):
        found = settings.load({}, data_dir=tmp_path)
        assert found.secret() == found.secret()
        assert stat.S_IMODE(found.secret_key_file.stat().st_mode) == 0o600
        found.secret_key_file.write_text("short")
        with pytest.raises(Unsafe, match="shorter than 32"):
            found.secret()

    def test_an_empty_address_is_a_file_in_the_data_folder(self, tmp_path):
        assert settings.load({}, data_dir=tmp_path).url == f"sqlite:///{tmp_path}/room.db"
        postgres = settings.load({}, data_dir=tmp_path, database_url="postgresql://me@host/name")
        assert postgres.url == "postgresql+psycopg://me@host/name"


class TestVocabulary:
    """Closed lists."""

    def test_codes_are_lower_case_words_joined_by_dashes(self):
        # A clinical limit is named as the field that it is told in.
        codes = [word.value for words in LISTS.values() if words is not Limit for word in words]
        assert [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []
