"""A scripted day played over HTTP by several clients at once, as fast as the server takes it."""

import http.client
import json
import queue
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from consumption_room.cubicles import rules as cubicles
from consumption_room.policy.room import Policy
from consumption_room.simulation import happenings as happened
from consumption_room.simulation.happenings import Happening
from consumption_room.simulation.people import Person
from consumption_room.simulation.script import Script
from consumption_room.vocabulary.cubicles import CubicleMode
from consumption_room.vocabulary.visits import Route

TRY_ANOTHER = {"cubicle-taken", "cubicle-not-ready", "room-full"}
A_MOMENT_S = 0.005


@dataclass(frozen=True)
class Replayed:
    """How a replay went: answers by status (refused seats by their code), what went wrong, and how long it took."""

    answers: Counter[str]
    errors: list[str]
    seconds: float


@dataclass(frozen=True)
class Answer:
    """A status and the body as it was read."""

    status: int
    body: dict[str, Any]


def replay(url: str, keys: list[str], script: Script, policy: Policy) -> Replayed:
    """Play the script with one client for each key; the visits of one person stay in their order."""
    places: dict[str, threading.Lock] = defaultdict(threading.Lock)
    crew = [Client(url, key, number, policy, places) for number, key in enumerate(keys)]
    for happening in script.before:
        crew[0].do(happening)
    crew[0].line.close()
    for number, chain in enumerate(sorted(script.visits + script.others, key=lambda chain: chain[0].at)):
        who = next((it.person.number for it in chain if isinstance(it, happened.CheckedIn) and it.person), number)
        crew[who % len(crew)].chains.put(chain)
    threads = [threading.Thread(target=client.work) for client in crew]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Replayed(
        answers=sum((client.answers for client in crew), Counter()),
        errors=[trouble for client in crew for trouble in client.errors],
        seconds=time.perf_counter() - started,
    )


class Client:
    """One program with a key of its own: takes visits one after the other and does what is in them."""

    def __init__(self, url: str, key: str, number: int, policy: Policy, places: dict[str, threading.Lock]) -> None:
        """``places`` are shared: an alarm at a place is over before the next one there begins."""
        address = urlsplit(url)
        self.line = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self.chance = random.Random(number)
        self.chains: queue.SimpleQueue[list[Happening]] = queue.SimpleQueue()
        self.number, self.policy, self.places = number, policy, places
        self.answers: Counter[str] = Counter()
        self.errors: list[str] = []
        self.presses = 0
        self.people: dict[int, str] = {}
        self.alarms: dict[int, str] = {}
        self.ringing: dict[int, threading.Lock] = {}
        self.referrals: dict[int, str] = {}
        self.visit, self.cubicle, self.route = "", 0, Route.INJECT
        self.acts: dict[type[Happening], Callable[[Any], Any]] = {
            happened.Delivered: self.receive,
            happened.TurnedAway: lambda it: self.post("visits/turned-away", reason=it.reason),
            happened.Registered: lambda it: self.register(it.person),
            happened.CheckedIn: self.check_in,
            happened.Called: lambda _: self.post(f"visits/{self.visit}/call"),
            happened.Held: lambda it: self.post(f"visits/{self.visit}/hold", reason=it.reason),
            happened.IntakeRegistered: self.register_intake,
            happened.Seated: lambda _: self.sit_down(),
            happened.Issued: self.issue,
            happened.SharpsReturned: lambda it: self.post(
                "stock/returns", quantity=it.quantity, method=it.method, visit=self.visit
            ),
            happened.WentToAftercare: lambda _: self.post(f"visits/{self.visit}/aftercare"),
            happened.Left: lambda it: self.post(f"visits/{self.visit}/leave", reason=it.reason),
            happened.CubicleCleaned: lambda _: self.post(f"cubicles/{self.cubicle}/clean"),
            happened.AlarmRaised: self.raise_alarm,
            happened.AlarmAcknowledged: lambda it: self.post(f"alerts/{self.alarms[it.alarm]}/acknowledge"),
            happened.AlarmOnScene: lambda it: self.post(f"alerts/{self.alarms[it.alarm]}/on-scene"),
            happened.AlarmNoted: lambda it: self.post(
                f"alerts/{self.alarms[it.alarm]}/timeline", action=it.action, value=it.value
            ),
            happened.AlarmClosed: self.close_alarm,
            happened.Referred: self.refer,
            happened.ReferralMoved: lambda it: self.post(
                f"referrals/{self.referrals[it.referral]}/events", event=it.state, reason=it.reason
            ),
        }

    def work(self) -> None:
        """Everything in the queue, to its end or to the first thing that goes wrong."""
        try:
            while not self.chains.empty():
                for happening in self.chains.get():
                    self.do(happening)
        except Exception as trouble:  # noqa: BLE001 - told to the test, which fails on it
            self.errors.append(repr(trouble))
        finally:
            for lock in self.ringing.values():  # whoever waits for this place must not wait for ever
                lock.release()
            self.line.close()

    def do(self, happening: Happening) -> None:
        """One thing, over HTTP."""
        self.acts[type(happening)](happening)

    def receive(self, it: happened.Delivered) -> None:
        """A delivery."""
        self.post(
            "stock/receipts", item=it.item, quantity=it.quantity, lot=it.lot, expires_on=it.expires_on.isoformat()
        )

    def register(self, person: Person) -> None:
        """Somebody new."""
        told = {
            "alias": person.alias,
            "birth_year": person.birth_year,
            "age_band": person.age_band,
            "sex": person.sex,
            "home_area": person.home_area,
            "language": person.language,
            "phrase": person.phrase,
        }
        known = {name: value for name, value in told.items() if value is not None}
        self.people[person.number] = self.post("clients", **known)["code"]

    def check_in(self, it: happened.CheckedIn) -> None:
        """In at the door."""
        who = {"client": self.people[it.person.number]} if it.person else {}
        asked = {"screening": it.screening} if it.screening else {}
        self.visit = self.post("visits", purposes=it.purposes, **who, **asked)["code"]

    def register_intake(self, it: happened.IntakeRegistered) -> None:
        """What they will take."""
        self.route = it.route
        said = {"substances": it.substances, "route": it.route, "assisted": it.assisted}
        self.post(f"visits/{self.visit}/episodes", **said, switched_from_smoking=it.switched)

    def sit_down(self) -> None:
        """In any cubicle that is fit: when it is not to be had, in another."""
        fit = [
            plan.number
            for plan in self.policy.cubicles
            if CubicleMode.TREATMENT not in plan.modes and cubicles.fits(plan.modes, self.route)
        ]
        while True:
            self.cubicle = self.chance.choice(fit)
            answer = self.ask("POST", f"visits/{self.visit}/seat", {"cubicle": self.cubicle})
            refused = answer.body.get("code") if answer.status == 409 else None
            if refused not in TRY_ANOTHER:
                self.expect(answer, f"seat {self.cubicle}")
                return
            self.answers[str(refused)] += 1
            time.sleep(A_MOMENT_S)

    def issue(self, it: happened.Issued) -> None:
        """Handed out."""
        what = {"kit": it.kit} if it.kit else {"item": it.item}
        self.post("stock/issues", quantity=it.quantity, visit=self.visit, for_others=it.for_others, **what)

    def raise_alarm(self, it: happened.AlarmRaised) -> None:
        """A press, in this visit's own cubicle if the script says a cubicle."""
        here = it.visit is not None and it.place.startswith("cubicle-")
        place = f"cubicle-{self.cubicle}" if here else it.place
        if not it.again:
            self.ringing[it.alarm] = self.places[f"{place} {it.kind}"]
            self.ringing[it.alarm].acquire()
        visit = {"visit": self.visit} if it.visit is not None else {}
        self.alarms[it.alarm] = self.post("alerts", place=place, kind=it.kind, drill=it.drill, **visit)["code"]

    def close_alarm(self, it: happened.AlarmClosed) -> None:
        """It is over; the next one may ring here."""
        self.post(f"alerts/{self.alarms[it.alarm]}/close", outcome=it.outcome, causes=it.causes)
        self.ringing.pop(it.alarm).release()

    def refer(self, it: happened.Referred) -> None:
        """To a partner."""
        referral = self.post(
            "referrals", visit=self.visit, service=it.service, handover=it.handover, consent=it.consent
        )
        self.referrals[it.referral] = referral["code"]

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """Something that must not be refused; gives the answer's body."""
        answer = self.ask("POST", path, body)
        self.expect(answer, path)
        return answer.body

    def expect(self, answer: Answer, path: str) -> None:
        """It was done."""
        self.answers[str(answer.status)] += 1
        if answer.status not in {200, 201}:
            raise AssertionError(f"{path}: {answer.status} {answer.body}")

    def ask(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """One request with a key of its own against pressing twice."""
        self.presses += 1
        headers = self.headers | {"Idempotency-Key": f"{self.number}-{self.presses}"}
        self.line.request(method, f"/api/v1/{path}", json.dumps(body), headers)
        response = self.line.getresponse()
        return Answer(response.status, json.loads(response.read()))
