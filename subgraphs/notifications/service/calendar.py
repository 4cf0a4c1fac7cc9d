"""The calendar entry of an appointment (iCalendar, RFC 5545; iTIP methods, RFC 5546).

NOTE: The UID is the appointment's and never changes; SEQUENCE grows with each change, so that a calendar keeps one
entry whichever mail it reads last. The summary names people, never a reason. Both methods need an ORGANIZER, and a
REQUEST the ATTENDEE whom it is sent to (RFC 5546, 3.2.2 and 3.2.5): without them calendars show a file, not an entry.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from icalendar import Calendar, Event

from shared.mail.mailer import Attachment
from subgraphs.notifications.service.facts import Visit

DOMAIN = "bookmyconsultation.example"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Between whom an entry goes: our sender's address, and the recipient's."""

    organizer: str
    attendee: str


def calendar_entry(visit: Visit, envelope: Envelope, *, with_whom: str, cancelled: bool, now: datetime) -> Attachment:
    """Make the attachment: a REQUEST that puts the appointment into a calendar, or a CANCEL that takes it out."""
    method = "CANCEL" if cancelled else "REQUEST"
    event = Event()
    event.add("uid", f"{visit.id}@{DOMAIN}")
    event.add("sequence", visit.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    event.add("summary", f"Consultation with {with_whom}")
    event.add("organizer", f"mailto:{parseaddr(envelope.organizer)[1]}")
    event.add("attendee", f"mailto:{envelope.attendee}")
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//BookMyConsultation//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return Attachment("appointment.ics", f"text/calendar; charset=utf-8; method={method}", calendar.to_ical())
