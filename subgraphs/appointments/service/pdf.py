"""The prescription on paper (fpdf2).

Names are written in any script, and the fonts that every PDF reader has know western Europe's letters only. So fonts
are looked for, in this order: Noto Sans with Noto Sans Devanagari, from their packages on PyPI; DejaVu Sans, which many
systems carry. Where neither is, the core font is used. A character that no font at hand can draw is printed as its code
point, such as [U+0905]: a prescription with visible gaps can be checked against the screen, one with silently dropped
or guessed letters can not.
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

CORE_FONT = "Helvetica"
_PACKAGES = ("fontpkg_noto_sans", "fontpkg_noto_sans_devanagari")
_SYSTEM = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the paper."""

    prescription: PrescriptionDocument
    doctor_name: str
    patient_name: str
    zone: str


@cache
def font_files() -> tuple[Path, ...]:
    """Answer the fonts at hand, the first being the one to write with."""
    packaged = [path for package in _PACKAGES for path in _files_of(package)]
    return tuple(packaged or ([_SYSTEM] if _SYSTEM.is_file() else []))


def _files_of(package: str) -> list[Path]:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return []
    upright = [path for path in Path(spec.origin).parent.glob("files/*.ttf") if "Italic" not in path.name]
    return sorted(upright)[:1]


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
        # Core fonts draw Latin-1.
        self._drawable = {10} | (
            {code for font in self.fonts.values() if isinstance(font, TTFFont) for code in font.cmap}
            or set(range(32, 256))
        )
        self._family = families[0] if families else CORE_FONT
        if families[1:]:
            self.set_fallback_fonts(families[1:], exact_match=False)
            # Devanagari is not readable without shaping.
            self.set_text_shaping(find_spec("uharfbuzz") is not None)
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
