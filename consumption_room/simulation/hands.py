"""The hands of a simulated room: everything that happens is done through the services, as staff would do it."""

from collections.abc import Callable, Mapping
from typing import Any

from consumption_room.alerts import escalation
from consumption_room.alerts import service as alerts
from consumption_room.clients import service as clients
from consumption_room.cubicles import service as cubicles
from consumption_room.incidents import aftermath
from consumption_room.incidents import queries as records
from consumption_room.incidents import service as incidents
from consumption_room.inventory import service as inventory
from consumption_room.journal import Actor
from consumption_room.policy.room import Policy
from consumption_room.referrals import service as referrals
from consumption_room.simulation import happenings as happened
from consumption_room.simulation.happenings import Happening
from consumption_room.visits import intakes, queue, seating
from consumption_room.visits import service as visits
from consumption_room.vocabulary.alarms import Cause
from consumption_room.vocabulary.incidents import Breathing, Consciousness
from consumption_room.vocabulary.staff import Role
from consumption_room.vocabulary.visits import Substance

RECEPTION = Actor("Rosa at reception", Role.RECEPTION, place="reception")
NURSE = Actor("Nils the nurse", Role.NURSE, place="aftercare")
CASE_WORKER = Actor("Carl the case worker", Role.CASE_WORKER)
WATCH = Actor("The watch")


class Hands:
    """Does what happens; remembers which code stands for which of the simulation's own numbers."""

    def __init__(self, policy: Policy, phrase_key: bytes) -> None:
        """``phrase_key`` is what recognition phrases are digested with."""
        self._policy, self._phrase_key = policy, phrase_key
        self._people: dict[int, str] = {}
        self._visits: dict[int, tuple[str, int]] = {}
        self._alarms: dict[int, str] = {}
        self._referrals: dict[int, str] = {}
        self._do: Mapping[type[Happening], Callable[[Any], object]] = {
            happened.Delivered: self._receive,
            happened.CubicleChanged: self._change_cubicle,
            happened.TurnedAway: self._turn_away,
            happened.Registered: self._register,
            happened.CheckedIn: self._check_in,
            happened.Called: self._call,
            happened.Held: self._hold,
            happened.IntakeRegistered: self._register_intake,
            happened.Seated: self._seat,
            happened.Issued: self._issue,
            happened.SharpsReturned: self._take_back,
            happened.WentToAftercare: self._bring_to_aftercare,
            happened.Left: self._let_out,
            happened.CubicleCleaned: self._clean,
            happened.AlarmRaised: self._raise_alarm,
            happened.AlarmAcknowledged: self._acknowledge,
            happened.AlarmOnScene: self._arrive_on_scene,
            happened.AlarmNoted: self._note,
            happened.AlarmClosed: self._close_alarm,
            happened.Referred: self._refer,
            happened.ReferralMoved: self._carry_on,
        }

    def carry_out(self, happening: Happening) -> None:
        """Do it, in the transaction that is open, at the moment it has."""
        self._do[type(happening)](happening)

    def _visit(self, happening: Happening) -> str:
        return self._visits[happening.visit or 0][0]

    # Stock and cubicles.

    def _receive(self, it: happened.Delivered) -> None:
        receipt = inventory.Receipt(it.item, it.quantity, it.lot, it.expires_on)
        inventory.receive(receipt, self._policy, RECEPTION, it.at)

    def _issue(self, it: happened.Issued) -> None:
        code, key = self._visits[it.visit] if it.visit is not None else (None, None)
        issue = inventory.Issue(it.quantity, it.item, it.kit, visit=code, visit_id=key, for_others=it.for_others)
        inventory.issue(issue, self._policy, RECEPTION, it.at)

    def _take_back(self, it: happened.SharpsReturned) -> None:
        code, key = self._visits[it.visit] if it.visit is not None else (None, None)
        returned = inventory.Return(it.quantity, it.method, visit=code, visit_id=key)
        inventory.take_back_sharps(returned, self._policy, RECEPTION, it.at)

    def _change_cubicle(self, it: happened.CubicleChanged) -> None:
        cubicles.change(it.cubicle, cubicles.Change(it.state, it.modes, it.reason), NURSE, it.at)

    def _clean(self, it: happened.CubicleCleaned) -> None:
        cubicles.clean(it.cubicle, NURSE, it.at)

    # Visits.

    def _turn_away(self, it: happened.TurnedAway) -> None:
        visits.turn_away(it.reason, self._policy, RECEPTION, it.at)

    def _register(self, it: happened.Registered) -> None:
        person = it.person
        asked = clients.NewClient(
            alias=person.alias,
            birth_year=person.birth_year,
            age_band=person.age_band,
            sex=person.sex,
            home_area=person.home_area,
            language=person.language,
            phrase=person.phrase,
        )
        client = clients.register(asked, self._phrase_key, RECEPTION, it.at)
        self._people[person.number] = client.code

    def _check_in(self, it: happened.CheckedIn) -> None:
        client = self._people[it.person.number] if it.person else None
        asked = visits.CheckIn(it.purposes, client, it.screening)
        visit = visits.check_in(asked, self._policy, RECEPTION, it.at)
        self._visits[it.visit or 0] = (visit.code, visit.id)

    def _call(self, it: happened.Called) -> None:
        queue.call(self._visit(it), self._policy, RECEPTION, it.at)

    def _hold(self, it: happened.Held) -> None:
        queue.hold(self._visit(it), it.reason, RECEPTION, it.at)

    def _register_intake(self, it: happened.IntakeRegistered) -> None:
        intake = intakes.Intake(it.substances, it.route, it.assisted, it.switched)
        intakes.register_intake(self._visit(it), intake, self._policy, RECEPTION, it.at)

    def _seat(self, it: happened.Seated) -> None:
        seating.seat(self._visit(it), seating.Seating(it.cubicle), self._policy, RECEPTION, it.at)

    def _bring_to_aftercare(self, it: happened.WentToAftercare) -> None:
        visits.aftercare(self._visit(it), NURSE, it.at)

    def _let_out(self, it: happened.Left) -> None:
        visits.leave(self._visit(it), it.reason, RECEPTION, it.at)

    # Alarms.

    def _raise_alarm(self, it: happened.AlarmRaised) -> None:
        visit = self._visits[it.visit][0] if it.visit is not None else None
        press = alerts.Press(it.kind, it.place, visit, it.drill)
        alert, _ = alerts.raise_alarm(press, self._policy, NURSE, it.at)
        self._alarms[it.alarm] = alert.code

    def _acknowledge(self, it: happened.AlarmAcknowledged) -> None:
        escalation.take_due(self._policy, WATCH, it.at)
        alerts.acknowledge(self._alarms[it.alarm], self._policy, NURSE, it.at)

    def _arrive_on_scene(self, it: happened.AlarmOnScene) -> None:
        alerts.on_scene(self._alarms[it.alarm], NURSE, it.at)

    def _note(self, it: happened.AlarmNoted) -> None:
        action = alerts.Action(it.action, value=it.value)
        aftermath.note(self._alarms[it.alarm], action, self._policy, NURSE, it.at)

    def _close_alarm(self, it: happened.AlarmClosed) -> None:
        self._sign_what_is_left(it)
        incidents.close(self._alarms[it.alarm], it.outcome, it.causes, NURSE, it.at)
        escalation.take_due(self._policy, WATCH, it.at)

    def _sign_what_is_left(self, it: happened.AlarmClosed) -> None:
        """The record of the emergency before this one is written by now; the latest still waits for a name."""
        for record in records.unsigned():
            written = {
                "happened": "Found drowsy and hard to rouse; helped as the timeline says, watched until well.",
                "substances": record.substances or (Substance.UNKNOWN,),
                "breathing": Breathing.SLOW,
                "consciousness": Consciousness.VOICE,
                "causes": record.causes or (Cause.UNKNOWN,),
            }
            incidents.change(record.alert.code, written, NURSE, it.at)
            incidents.sign(record.alert.code, NURSE, it.at)

    # Referrals.

    def _refer(self, it: happened.Referred) -> None:
        asked = referrals.NewReferral(self._visit(it), it.service, it.handover, it.consent)
        referral = referrals.refer(asked, self._policy, CASE_WORKER, it.at)
        self._referrals[it.referral] = referral.code

    def _carry_on(self, it: happened.ReferralMoved) -> None:
        referrals.carry_on(self._referrals[it.referral], it.state, it.reason, CASE_WORKER, it.at)
