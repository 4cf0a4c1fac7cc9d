"""The prescription on paper (fpdf2).

Names are written in any script, and the fonts that every PDF reader has know western Europe's letters only. So Noto
Sans and Noto Sans Devanagari are written into the file; HarfBuzz (uharfbuzz) puts Devanagari's marks in their places. A
character that neither font can draw is printed as its code point, such as [U+4E2D]: a prescription with visible gaps
can be checked against the screen, one with silently dropped or guessed letters can not.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.fonts import TTFFont

from subgraphs.appointments.documents import Medicine, PrescriptionDocument

FONTS = ("fontpkg_noto_sans", "fontpkg_noto_sans_devanagari")
"""Packages that carry one font file each; the first is the one to write with, the others stand in."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper."""

    prescription: PrescriptionDocument
    doctor_name: str
    patient_name: str
    zone: str


@cache
def font_files() -> tuple[Path, ...]:
    """Answer the font files, in the order of `FONTS`."""
    return tuple(_file_of(package) for package in FONTS)


def _file_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, f"{package} is a dependency"
    assert spec.origin is not None, f"{package} is a package with files"
    return min(path for path in Path(spec.origin).parent.glob("files/*.ttf") if "Italic" not in path.name)


def drawable(text: str, characters: Container[int]) -> str:
    """Replace what is not among the characters that can be drawn by its code point."""
    return "".join(letter if ord(letter) in characters else f"[U+{ord(letter):04X}]" for letter in text)


class _Paper(FPDF):
    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__(format="A4")
        self.set_margin(20)
        self.set_auto_page_break(auto=True, margin=20)
        families = [f"sheet{number}" for number in range(len(files))]
        for family, path in zip(families, files, strict=True):
            self.add_font(family, fname=str(path))
        # A line break is drawn by the layout.
        self._drawable = {10} | {
            code for font in self.fonts.values() if isinstance(font, TTFFont) for code in font.cmap
        }
        self._family = families[0]
        self.set_fallback_fonts(families[1:], exact_match=False)
        self.set_text_shaping(use_shaping_engine=True)
        self.add_page()

    def write_line(self, text: str, *, size: float = 11, space: float = 0) -> None:
        self.set_font(self._family, size=size)
        self.multi_cell(0, size * 0.5, drawable(text, self._drawable), new_x="LMARGIN", new_y="NEXT")
        if space:
            self.ln(space)

    def write_part(self, title: str, text: str) -> None:
        self.write_line(title, size=9)
        self.write_line(text, space=4)


def draw(sheet: Sheet) -> bytes:
    """Draw a prescription; the same input gives the same page."""
    prescription = sheet.prescription
    paper = _Paper(font_files())
    paper.set_creation_date(prescription.issued_at)
    paper.set_title(f"Prescription {prescription.id}")
    issued = prescription.issued_at.astimezone(ZoneInfo(sheet.zone))
    paper.write_line("Prescription", size=20, space=4)
    paper.write_line(f"{prescription.id}, version {prescription.version}", size=9)
    paper.write_line(f"Issued {issued:%Y-%m-%d %H:%M} ({sheet.zone})", size=9, space=6)
    paper.write_part("Doctor", sheet.doctor_name)
    paper.write_part("Patient", sheet.patient_name)
    paper.write_part("Diagnosis", prescription.diagnosis)
    paper.write_part("Medicines", "\n".join(_lines(prescription.medicines)))
    if prescription.advice is not None:
        paper.write_part("Advice", prescription.advice)
    return bytes(paper.output())


def _lines(medicines: list[Medicine]) -> list[str]:
    lines = []
    for number, medicine in enumerate(medicines, start=1):
        days = "1 day" if medicine.duration_days == 1 else f"{medicine.duration_days} days"
        lines.append(
            f"{number}. {medicine.name} ({medicine.type}): {medicine.dosage}, {medicine.frequency}, for {days}"
        )
        if medicine.remarks is not None:
            lines.append(f"    {medicine.remarks}")
    return lines
