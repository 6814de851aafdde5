"""Examples of what we write without being asked: to customers, and to agents in Slack."""

from datetime import date

from billing import Money
from bot.outcomes import Outcome
from bot.pipeline import happenings as news
from tests.replies.facts import CASE

DUE, LINK = date(2026, 11, 2), "/pay/RE-2026-000120/76160EUR-k3vq7xn2b5r4t6w8y3z5c7d2fa"
REST = Money(76_160, "EUR")

NEWS: list[tuple[str, str, Outcome]] = [
    ("_news", special, outcome)
    for special, outcome in (
        ("", news.Reminder("RE-2026-000120", 1, REST, DUE, LINK)),
        ("second", news.Reminder("RE-2026-000120", 2, REST, DUE, LINK)),
        ("last", news.Reminder("RE-2026-000120", 3, REST, DUE, LINK, "Fernblick Team", date(2026, 12, 14))),
        ("last, no licence", news.Reminder("RE-2026-000120", 3, REST, DUE, LINK)),
        ("", news.LicenceStopped("Fernblick Pro", "SUB-1003", ("RE-2026-000117", "RE-2026-000125"), LINK, False)),
        ("lapsed", news.LicenceStopped("Fernblick Pro", "SUB-1003", ("RE-2026-000117",), LINK, True)),
        ("", news.LicenceRuns("Fernblick Pro", "SUB-1003")),
        (
            "",
            news.CancelBy("Fernblick Pro", "SUB-1008", date(2026, 12, 22), date(2026, 11, 24), Money(170_100, "EUR")),
        ),
        ("", news.QuoteReady("AN-2026-000103", "SUB-1008", Money(170_100, "EUR"), date(2026, 12, 22))),
        ("", news.QuoteExpired("AN-2026-000102", "SUB-1003", date(2026, 10, 21))),
        ("", news.QuoteDelayed("SUB-1013")),
        ("", news.QuoteFailed("Brightwater Insight Ltd", "SUB-1013", False, CASE)),
        ("last", news.QuoteFailed("Brightwater Insight Ltd", "SUB-1013", True, CASE)),
        ("nobody waits", news.QuoteFailed("Brightwater Insight Ltd", "SUB-1013", False, "")),
        ("", news.ForeignIban("Lindenhof Gartenbau GmbH", "DE…4321", "buchhaltung@kunde.example", CASE)),
        ("no case", news.ForeignIban("Lindenhof Gartenbau GmbH", "DE…4321", "buchhaltung@kunde.example", "")),
        ("", news.CollectionEnded("Hafenblick Logistik GmbH", "RE-2026-000117", REST, "Fernblick Pro")),
        ("no licence", news.CollectionEnded("Hafenblick Logistik GmbH", "RE-2026-000117", REST, "")),
    )
]
