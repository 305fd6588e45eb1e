"""The inspector's extract of one register: its lines in the order they were written, as a printed page and as a table.

The headings follow the two registers the law knows best: date, from whom received or to whom supplied, under which
authority, amount (Misuse of Drugs Regulations 2001, schedule 6), and the resulting stock with the person who wrote it
(German controlled-drug order, section 13). Electronic records must at any time be printable in that order.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.fonts import FontFace

from consumption_room import journal
from consumption_room.amounts import Micrograms, in_mg
from consumption_room.errors import FieldsWrong
from consumption_room.events import Happened
from consumption_room.journal import Actor
from consumption_room.register import queries
from consumption_room.register.models import Entry, Product
from consumption_room.register.queries import Between
from consumption_room.reports import rules
from consumption_room.reports.files import safe
from consumption_room.reports.rules import Period
from consumption_room.settings import ROOT
from consumption_room.vocabulary.labels import label
from consumption_room.vocabulary.reports import Grain

MOST_LINES = 20_000
_FONT = ROOT / "static" / "vendor" / "atkinson-hyperlegible"
_WIDTHS = (9, 24, 22, 48, 16, 16, 19, 17, 25, 25, 32, 24)

WORDS = {
    "title": "Controlled-drug register",
    "period": "Extract from %(first)s to %(last)s",
    "drug": "%(drug)s, %(form)s, %(strength)s mg",
    "brought-forward": "Brought forward",
    "line": "Line",
    "at": "When",
    "kind": "What",
    "party": "From or to whom, authority",
    "in": "In, mg",
    "out": "Out, mg",
    "balance": "Balance, mg",
    "lot": "Lot",
    "giver": "Written by",
    "witness": "Witness",
    "reason": "Reason",
    "hash": "Hash",
    "counted": "counted %(mg)s mg",
    "of-line": "of line %(number)s",
    "taken-back": "taken back by line %(number)s",
    "end": "The register ends with line %(number)s, hash %(hash)s.",
    "printed": "Printed %(moment)s by %(name)s. Page %(page)s of {nb}.",
    "signed": "Checked against the stock: date, signature",
    "empty": "Nothing was written in this period.",
}
"""Everything the page says, in English; a screen gives it in the language of its reader."""

COLUMNS = (
    *("line", "at", "kind", "party", "authority", "lot", "expires_on", "in_mg", "out_mg", "counted_mg", "balance_mg"),
    *("lot_balance_mg", "giver", "witness", "reference", "reason", "reverses_line", "taken_back_by_line", "hash"),
)


@dataclass(frozen=True)
class Extract:
    """What is printed: the lines of a period, what was left before, and where the register ends at this moment."""

    product: Product
    period: Period
    before: Micrograms
    lines: Sequence[Entry]
    undone_by: Mapping[int, int]
    last_line: int
    last_hash: str


@dataclass(frozen=True)
class File:
    """What is sent to whoever asked for an extract."""

    content: bytes
    mimetype: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Printing:
    """Who prints, when, in which zone, for which room, and in which words."""

    name: str
    at: datetime
    zone: ZoneInfo
    room: str
    words: Mapping[str, str]


def make(product: Product, first: date, last: date, today: date) -> Extract:
    """The extract for these days, both included; raise ``FieldsWrong`` for a period backwards, or of too many lines."""
    period = Period(first, last, Grain.DAY)
    rules.check(period)
    lines = queries.lines(product, Between(first, last), MOST_LINES + 1)
    if len(lines) > MOST_LINES:
        raise FieldsWrong({"from": [f"An extract has at most {MOST_LINES} lines. Please choose fewer days."]})
    stands = queries.standing(product, today)
    before = queries.balance_before(product, first)
    return Extract(product, period, before, lines, queries.undone_by(lines), stands.line, stands.hash)


def as_file(extract: Extract, form: str, printing: Printing) -> File:
    """The extract as ``pdf`` or ``csv``."""
    period = extract.period
    name = f"register-{extract.product.code}-{period.first}-{period.last}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form == "csv":
        return File(as_csv(extract).encode(), "text/csv", headers)
    return File(as_pdf(extract, printing), "application/pdf", headers)


def note(extract: Extract, form: str, by: Actor, now: datetime) -> None:
    """Keep in the journal that it was printed, and where the register ended then: an anchor beside the paper."""
    journal.record(
        Happened.REGISTER_PRINTED,
        extract.product.code,
        by,
        now,
        line=extract.last_line,
        hash=extract.last_hash,
        first=extract.period.first.isoformat(),
        last=extract.period.last.isoformat(),
        format=form,
    )


def as_csv(extract: Extract) -> str:
    """The extract as a table: what was brought forward, the lines, and the register's end. Safe in a spreadsheet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerow({"kind": "brought-forward", "balance_mg": in_mg(extract.before)})
    for line in extract.lines:
        writer.writerow({name: safe(value) for name, value in _row(line, extract).items()})
    writer.writerow({"kind": "end", "line": extract.last_line, "hash": extract.last_hash})
    return out.getvalue()


def _row(line: Entry, extract: Extract) -> dict[str, object]:
    return {
        "line": line.seq,
        "at": line.at.isoformat(timespec="seconds"),
        "kind": line.kind.value,
        "party": line.party,
        "authority": line.authority,
        "lot": line.lot.number,
        "expires_on": line.lot.expires_on and line.lot.expires_on.isoformat(),
        "in_mg": in_mg(line.quantity) if line.quantity > 0 else None,
        "out_mg": in_mg(-line.quantity) if line.quantity < 0 else None,
        "counted_mg": None if line.counted is None else in_mg(line.counted),
        "balance_mg": in_mg(line.balance),
        "lot_balance_mg": in_mg(line.lot_balance),
        "giver": line.giver_name,
        "witness": line.witness_name,
        "reference": line.reference,
        "reason": line.reason,
        "reverses_line": line.reverses.seq if line.reverses else None,
        "taken_back_by_line": extract.undone_by.get(line.id),
        "hash": line.hash,
    }


class _Page(FPDF):
    """A page of the extract: whose register it is at the top, where it ends at the foot."""

    def __init__(self, extract: Extract, printing: Printing) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.extract, self.printing = extract, printing
        for style, weight in (("", "400"), ("B", "700")):
            self.add_font("legible", style, _font(weight))
        self.set_margins(10, 10)
        self.set_auto_page_break(auto=True, margin=20)
        self.set_title(printing.words["title"])
        self.set_creation_date(printing.at)

    def header(self) -> None:
        """The room, the drug and the period."""
        words, product, period = self.printing.words, self.extract.product, self.extract.period
        self.set_font("legible", "B", 13)
        self.cell(0, 7, f"{words['title']}: {self.printing.room}", new_x="LMARGIN", new_y="NEXT")
        self.set_font("legible", "", 10)
        drug = words["drug"] % {
            "drug": words.get(product.drug, product.drug),
            "form": words.get(product.form.value, label(product.form)).lower(),
            "strength": in_mg(product.strength),
        }
        days = words["period"] % {"first": period.first.isoformat(), "last": period.last.isoformat()}
        self.cell(0, 6, f"{drug}. {days}.", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)

    def footer(self) -> None:
        """The end of the chain, who printed, and a line to sign on."""
        words, printing = self.printing.words, self.printing
        moment = printing.at.astimezone(printing.zone).strftime("%Y-%m-%d %H:%M")
        self.set_y(-17)
        self.set_font("legible", "", 8)
        end = {"number": self.extract.last_line, "hash": self.extract.last_hash}
        self.cell(0, 4, words["end"] % end, new_x="LMARGIN", new_y="NEXT")
        said = words["printed"] % {"moment": moment, "name": printing.name, "page": self.page_no()}
        self.cell(150, 5, said)
        self.cell(0, 5, words["signed"] + ": ______________________________", align="R")


def as_pdf(extract: Extract, printing: Printing) -> bytes:
    """The extract as pages to print and sign; the hash of each line is there by its first twelve figures."""
    page, words = _Page(extract, printing), printing.words
    page.add_page()
    page.set_font("legible", "", 7.5)
    headings = ("line", "at", "kind", "party", "in", "out", "balance", "lot", "giver", "witness", "reason", "hash")
    right = {4, 5, 6}
    align = tuple("RIGHT" if number in right else "LEFT" for number in range(len(headings)))
    with page.table(
        col_widths=_WIDTHS, text_align=align, line_height=4, headings_style=FontFace(emphasis="BOLD", fill_color=230)
    ) as table:
        heading = table.row()
        for name in headings:
            heading.cell(words[name])
        first = table.row()
        for name in headings:
            first.cell({"kind": words["brought-forward"], "balance": in_mg(extract.before)}.get(name, ""))
        for line in extract.lines:
            row = table.row()
            for said in _printed(line, extract, printing):
                row.cell(said)
    if not extract.lines:
        page.cell(0, 8, words["empty"])
    return bytes(page.output())


def _printed(line: Entry, extract: Extract, printing: Printing) -> list[str]:
    words = printing.words
    kind = words.get(line.kind.value, label(line.kind))
    remarks = [] if line.counted is not None else [line.reason]
    if line.reverses:
        remarks.append(words["of-line"] % {"number": line.reverses.seq})
    if line.id in extract.undone_by:
        remarks.append(words["taken-back"] % {"number": extract.undone_by[line.id]})
    if line.counted is not None:
        remarks.append(words["counted"] % {"mg": in_mg(line.counted)})
    dose = None if line.counted is not None else line.reference
    return [
        str(line.seq),
        line.at.astimezone(printing.zone).strftime("%Y-%m-%d %H:%M"),
        kind,
        ", ".join(one for one in (line.party, line.authority, dose) if one),
        in_mg(line.quantity) if line.quantity > 0 else "",
        in_mg(-line.quantity) if line.quantity < 0 else "",
        in_mg(line.balance),
        line.lot.number,
        line.giver_name,
        line.witness_name or "",
        ", ".join(one for one in remarks if one),
        line.hash[:12],
    ]


def _font(weight: str) -> Path:
    return _FONT / f"atkinson-hyperlegible-{weight}.ttf"
