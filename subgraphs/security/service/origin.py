"""Where a request comes from, as far as one can tell: the client's address and user agent."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Neither is proof of anything; both are the client's, as the router forwards them."""

    address: str | None = None
    user_agent: str | None = None

    @property
    def network(self) -> str | None:
        """Answer what one subscriber can hardly have two of: an IPv4 address, or a /64 of IPv6.

        Of a list of forwarded addresses the last counts: whoever is nearest wrote it, the others are hearsay.
        """
        text = (self.address or "").rpartition(",")[2].strip()
        try:
            address = ip_address(text)
        except ValueError:
            return text or None
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped or ip_network((address, 64), strict=False))
        return str(address)

    @property
    def agent(self) -> str | None:
        """Answer the user agent, cut to a sane length."""
        return (self.user_agent or "")[:LONGEST_AGENT] or None
