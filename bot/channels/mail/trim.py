"""What the person newly wrote: quotes, attributions, forwards, signatures and device footers go.

Line by line and linear in the text: no pattern looks over more than one line, and a line is looked at only up to
`_LOOK` characters. Something is cut only on evidence; where the evidence is not enough, `unsure` says so
and a person reads. Greeting, closing and typed name stay. The words of the mail programs stand in tables.
"""

import re
from dataclasses import dataclass, field

_LOOK = 400  # characters of a line that are looked at
_MOST_LINES = 3_000
_JOIN = 4  # lines over which mail programs wrap one attribution

_VERBS = {
    "de": r"schrieb(?:en)?|hat .{0,200}geschrieben|folgendes geschrieben|geschrieben",
    "fr": r"a écrit|a ecrit|écrivait|écrit|ecrit|a envoyé",
    "en": r"wrote|writes|has written|said",
    "others": r"ha scritto|scritto|escribió|escribio|schreef|geschreven|escreveu|napisał(?:a|\(a\))?|pisze|napsala?"
    r"|napísala?|skrev|kirjoitti|(?:ezt )?írta|пишет|писала?|написала?|пише|написав|yazdı|a scris|έγραψε|đã viết"
    r"|님이 작성",
}
_DATED = {
    "de": r"am\b|vom\b|den\b|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag",
    "fr": r"le\b|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "en": r"on\b|at\b|monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "others": r"il\b|el\b|op\b|em\b|w dniu|den\b|dne\b|în\b|στις\b|vào\b|på\b",
}
_OLD_MAIL = {
    "de": "ursprüngliche nachricht|urspruengliche nachricht|originalnachricht|original-nachricht|original nachricht"
    "|ursprüngliche mail|ursprüngliche e-mail|original-mail|weitergeleitete nachricht|weitergeleitete mail"
    "|weitergeleitete e-mail|ende der weitergeleiteten nachricht",
    "fr": "message d'origine|message original|message initial|mail original|mail d'origine|courriel original"
    "|courrier original|message transféré|message transfere|message réexpédié|mail transféré|courriel transféré"
    "|message transmis|fin du message transféré|message précédent",
    "en": "original message|forwarded message|forwarded mail|original mail|original appointment|forwarded by .{0,100}"
    "|reply message|previous message|reply above this line|please reply above this line",
    "others": "oorspronkelijk bericht|doorgestuurd bericht|messaggio originale|messaggio inoltrato|mensaje original"
    "|mensaje reenviado|mensagem original|mensagem encaminhada|oprindelig meddelelse|videresendt (?:besked|melding)"
    "|ursprungligt meddelande|vidarebefordrat (?:meddelande|brev)|opprinnelig melding|alkuperäinen viesti"
    "|(?:wiadomość oryginalna|oryginalna wiadomość)|treść przekazanej wiadomości|původní (?:zpráva|e-mail)"
    "|pôvodná správa|eredeti üzenet|исходное сообщение|пересылаемое сообщение|(?:orijinal|özgün) (?:mesaj|ileti)"
    "|mesaj(?:ul)? original|原始邮件|原始郵件|转发的邮件|元のメッセージ|원본 (?:메시지|메일)|αρχικό μήνυμα",
}
_FORWARD_OPENINGS = {
    "de": "anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|weitergeleitete nachricht",
    "fr": "début du message réexpédié|début du message transféré|debut du message transfere|message transféré",
    "en": "begin forwarded message|start of forwarded message|forwarded message",
    "others": "begin doorgestuurd bericht|inizio (?:del )?messaggio inoltrato|inicio del mensaje reenviado"
    "|início da mensagem (?:re)?encaminhada|vidarebefordrat brev|videresendt besked",
}
_LABELS = {  # of all languages together: a writer's program need not speak the writer's
    "from": "von|from|de|expéditeur|expediteur|absender|da|van|fra|från|fran|od|от|від|lähettäjä|feladó|kimden|gönderen"
    "|发件人|寄件者|差出人|보낸 사람|από|de la",
    "sent": "gesendet|gesendet am|datum|date|sent|envoyé|envoye|envoyé le|date d'envoi|sent at|le|am|verzonden|inviato"
    "|data|enviad[oa]|enviado el|enviad[oa] em|fecha|sendt|skickat|dato|wysłano|odesláno|odoslané|dátum|elküldve"
    "|отправлено|дата|надіслано|lähetetty|päiväys|päivämäärä|tarih|gönderildi|发送时间|日期|寄件日期|送信日時|날짜"
    "|ημερομηνία|trimis",
    "to": "an|to|à|a|empfänger|destinataire|destinataires|pour|aan|para|til|till|do|komu|кому|vastaanottaja|címzett"
    "|kime|alıcı|收件人|收件者|宛先|받는 사람|προς|către",
    "cc": "cc|kopie|copie|copie à|copy|bcc|antwort an|reply-to|répondre à|kopi|kopia|kopio|dw|копия|копія|másolat|抄送",
    "subject": "betreff|subject|objet|sujet|thema|onderwerp|oggetto|asunto|assunto|ämne|emne|temat|předmět|predmet"
    "|тема|aihe|tárgy|konu|主题|主旨|件名|제목|θέμα|subiect",
    "more": "wichtigkeit|importance|priorität|priority|priorité|anlagen|anhänge|attachments|pièces jointes|pj",
}
_FOOTERS = {
    "de": r"(?:diese (?:e-?mail|nachricht) wurde )?(?:gesendet|verschickt|versendet|geschrieben)"
    r" (?:von|mit|über|vom|aus)\b.{0,120}"
    r"|von (?:meinem|mein|unterwegs|mobil)\b.{0,80}(?:gesendet|geschickt|gesandt)(?: .{0,60})?"
    r"|(?:von|mit) .{0,60}(?:iphone|ipad|android|phone|handy|mobil|outlook|gmx|web\.de|samsung|mail).{0,40}gesendet"
    r"|(?:holen sie sich|laden sie|hol dir) (?:outlook|bluemail) .{0,60}"
    r"|outlook für .{0,40} (?:beziehen|herunterladen|abrufen)"
    r"|diese (?:nachricht|e-?mail) wurde (?:von|mit) .{0,120}(?:gesendet|verschickt|versendet|geprüft).{0,60}"
    r"|(?:mobil|unterwegs) gesendet|virenfrei\..{0,60}|(?:kurz gehalten, da )?mobil gesendet.{0,40}",
    "fr": r"(?:envoyé|envoye|expédié|rédigé) (?:de|depuis|à partir|a partir|avec|via|par)\b.{0,120}"
    r"|(?:obtenez|obtenir|télécharger|téléchargez) (?:outlook|bluemail) .{0,60}|(?:garanti )?sans virus\..{0,60}"
    r"|(?:ce message|cet e-?mail) a été envoyé (?:depuis|de|avec|à partir)\b.{0,120}|provenance : .{0,60}",
    "en": r"sent (?:from|via|with|using|on|by)\b.{0,120}|get (?:outlook|bluemail) for .{0,60}|virus-?free\..{0,60}"
    r"|this (?:e-?mail|message) was sent (?:from|with|using|via)\b.{0,120}|download outlook .{0,60}"
    r"|yahoo mail: .{0,80}|get the new aol app: .{0,60}",
    "others": r"(?:verstuurd|verzonden) (?:vanaf|vanuit|met|via)\b.{0,120}|inviato (?:da|dal|con|tramite)\b.{0,120}"
    r"|enviad[oa] (?:desde|con|do|de|pelo|a partir do)\b.{0,120}|skickat från\b.{0,120}|sendt (?:fra|med)\b.{0,120}"
    r"|lähetetty .{0,80}|wysłan[eo] (?:z|za pomocą)\b.{0,120}|(?:odesláno|odoslané) z\b.{0,120}"
    r"|отправлено (?:с|из)\b.{0,80}|надіслано (?:з|із)\b.{0,80}|.{0,40} gönderildi"
    r"|trimis de (?:pe|la)\b.{0,80}|发自我的.{0,40}"
    r"|.{0,20}から送信|나의 .{0,20}에서 보냄|στάλθηκε από\b.{0,80}",
}  # fmt: skip
_DEVICE = re.compile(
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|blackberry|smartphone|handy|mobil|portable|téléphone|telephone"
    r"|phone|tablet|outlook|windows|mail\b|e-mail|courrier|gmx|web\.de|telekom|t-online|orange|sfr|free\b|yahoo|proton"
    r"|thunderbird|spark|superhuman|mailtrack|aol\b|missive|airmail|shortwave|roundcube|zimbra|app\b|appli|virus|virenfrei|avast|avg|gerät|device|unterwegs|k-9|laposte|poste",
    re.IGNORECASE,
)


def _any(table: dict[str, str]) -> str:
    return "|".join(f"(?:{words})" for words in table.values())


_I = re.IGNORECASE
_QUOTED = re.compile(r"\s{0,8}(?:>|&gt;|[A-Z]{1,3}> )")  # The Bat sets initials before it
_SENTENCE_END = re.compile(r"[^\W\d]{5,40}[.!?]$")
_VERB = re.compile(rf"(?:^|[\s,>)\"“”»*\]])(?:{_any(_VERBS)})(?:$|[\s:,])|写道|寫道", _I)
_OPENS = re.compile(rf"\W{{0,4}}(?:{_any(_DATED)})", _I)
_ENDS = re.compile(r"[:：]\W{0,3}$")
_SHORT_END = re.compile(
    rf"(?:{_any(_VERBS)})\W{{0,8}}$"
    r"|schrieb(?:en)?\s+(?!(?:uns|mir|ihm|ihr|ihnen|sie|er|ich|wir|man|das|die|der)\b)[^,;:]{1,60}:\W{0,3}$",
    _I,
)
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\b\d{1,2}[:hH.]\d{2}\b"
    r"|\b\d{1,2}(?:\.|er|st|nd|rd|th)?,? [^\W\d]{3,10}\.?,? (?:\d{4}|\d{2}\b)|[^\W\d]{3,10}\.? \d{1,2},? \d{4}"
)
_ANGLED = re.compile(r"<[^\s<>@]{1,64}@[^\s<>@]{1,100}>")  # programs write it so, people hardly
_ADDRESSED = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,100}|<[^\s<>]{3,200}>")
_BEHIND_COLON = re.compile(r":\s")
_ANGLED_NAME = re.compile(r"<[^\s<>]{3,120}>")
_SEPARATOR = re.compile(
    rf"\W{{0,3}}[-_=—–*#~]{{2,60}}\W{{0,3}}(?:{_any(_OLD_MAIL)})\b.{{0,40}}?[-_=—–*#~:]{{0,60}}\W{{0,3}}$", _I
)
# Yahoo on Android writes the whole old mail behind the rule, in the same line.
_SEPARATED = re.compile(
    rf"\W{{0,3}}-{{3,10}}\s?(?:{_any(_OLD_MAIL)})\s?-{{3,10}}\s{{0,4}}(?:{_LABELS['from']})\s?:", _I
)
_NOTES = re.compile(rf"-{{3,20}}\s?.{{1,200}}(?:{_any(_VERBS)})\s?:?\s?.{{0,60}}-{{3,20}}$", _I)
_FORWARD = re.compile(rf"\W{{0,4}}(?:{_any(_FORWARD_OPENINGS)})\s?:\W{{0,3}}$", _I)
_ABOVE = re.compile(
    r"\W{2,20}.{0,60}(?:above this line|oberhalb dieser (?:zeile|linie)|über dieser (?:zeile|linie)"
    r"|au-dessus de cette ligne).{0,60}$",
    _I,
)
_NAMED_LABELS = "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items())
_LABEL = re.compile(rf"[\s*_>]{{0,24}}(?:{_NAMED_LABELS})[*_]{{0,2}}(?:\s{{1,3}}:|\s{{0,3}}[:：](?:[\s*_]|$))", _I)
_MESSAGE_OF = re.compile(r"\W{0,3}(?:message du|nachricht vom|message from)\s.{0,60}\d.{0,60}$", _I)
# A rule, or words between dashes that no table knows: above an old mail both belong to it.
_RULE = re.compile(r"\s*[-_=—–*]{5,200}\s*$|\s*-{3,20}\s?[^-]{1,80}\s?-{3,20}\s*$")
_GROUPWISE = re.compile(r"\s{0,4}>{2,4}\s.{0,200}(?:@|\d{2}[:.]\d{2}).{0,200}>{2,4}\s*$")
_MY_DEVICE = re.compile(
    r"\W{0,4}(?:sent from my|envoyée? (?:de|depuis) mon|envoyée? depuis ma|von meine[mr](?:/meine[mr])?) .{1,50}$", _I
)
_FOOTER = re.compile(rf"\W{{0,4}}(?:{_any(_FOOTERS)})\W{{0,4}}$", _I)
_DELIMITER = re.compile(r"--[ \u00a0]?$")
_LONG_DASH = re.compile(r"[—–]$")  # where a short rest follows
_MOST_SIGNED = 6  # lines of text below it
_LIST_FOOTER = re.compile(r"_{30,80}$")


@dataclass(frozen=True)
class Trimmed:
    """The new text. `unsure` is a short code where old text may have stayed or new text may have gone."""

    text: str
    unsure: str = ""
    cut: bool = False  # whether any old text was found


@dataclass
class _Cutting:
    lines: list[str]
    kept: list[str] = field(default_factory=list)
    cut: bool = False
    below_is_old: bool = False  # an old mail that is not quoted line by line: nothing below it is looked at
    unsure: str = ""


def trim(text: str) -> Trimmed:
    """The part of a text that its writer newly wrote."""
    lines = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text).split("\n")
    work = _Cutting([line.rstrip() for line in lines[:_MOST_LINES]])
    place = 0
    while place < len(work.lines):
        place = _step(work, place)
    if len(lines) > _MOST_LINES and not work.below_is_old:
        work.unsure = "too_long"
    return _finished(work)


def _step(work: _Cutting, place: int) -> int:
    """Deal with one line; gives the place of the next line to look at, or the end where all below is old."""
    line = work.lines[place][:_LOOK]
    if not line.strip():
        work.kept.append("")
        return place + 1
    if _GROUPWISE.match(line):
        return _old_mail(work, place, place + 1)
    if _is_quoted(line) or _is_wrapped_quote(work.lines, place):
        work.cut = True
        return place + 1
    if _DELIMITER.match(line) or (_LONG_DASH.match(line) and _ends_soon(work.lines, place)):
        return _past_signature(work, place)
    if _ABOVE.match(line.strip()) and not any(kept.strip() for kept in work.kept):
        return place + 1  # a ticket system says it on top, to whoever answers
    if _is_separator(line) or _opens_header_block(work.lines, place):
        return _old_mail(work, place, place + 1)
    if (length := _attribution(work.lines, place)) > 0:
        return _old_mail(work, place, place + length)
    if not _is_footer(line):
        work.kept.append(work.lines[place])
    return place + 1


def _is_quoted(line: str) -> bool:
    return _QUOTED.match(line) is not None


def _is_separator(line: str) -> bool:
    shown = line.replace("’", "'").strip()
    if _SEPARATED.match(shown):
        return True
    if len(shown) > 300:
        return False
    marked = not shown[:1].isalnum() and any(pattern.match(shown) for pattern in (_SEPARATOR, _NOTES, _ABOVE))
    return marked or _FORWARD.match(shown) is not None


def _old_mail(work: _Cutting, first: int, after: int) -> int:
    """An old mail begins. Where it is quoted line by line, new text may stand between; else all below is old."""
    work.cut = True
    while work.kept and (not work.kept[-1] or _RULE.match(work.kept[-1])):
        work.kept.pop()
    work.kept.append("")
    following = _next_text(work.lines, after)
    if following is not None and _is_quoted(work.lines[following]):
        return after
    work.below_is_old = True
    return len(work.lines)


def _next_text(lines: list[str], place: int) -> int | None:
    return next((at for at in range(place, min(place + 6, len(lines))) if lines[at].strip()), None)


def _attribution(lines: list[str], place: int) -> int:
    """How many lines from here on are one attribution ("Am ... schrieb ...:"); 0 where there is none."""
    first = lines[place][:_LOOK].strip()
    if _MESSAGE_OF.match(first) and _opens_header_block(lines, place + 1):
        return 1
    if _has_text_behind(first):
        return 1
    if len(first) >= _LOOK or not _could_open(first):
        return 0
    joined = ""
    for length in range(1, _JOIN + 1):
        at = place + length - 1
        if at >= len(lines) or not (piece := lines[at][:_LOOK].strip()) or _is_quoted(piece):
            return 0
        joined = f"{joined} {piece}".strip()
        if len(joined) > _LOOK:
            return 0
        if _is_attribution(joined, lines, place + length):
            return length
        if not _may_wrap(first) or _SENTENCE_END.search(piece):
            return 0
    return 0


def _has_text_behind(first: str) -> bool:
    """Yahoo on Android writes the old text behind the colon, in the same line."""
    if not (colon := _BEHIND_COLON.search(first)) or not _OPENS.match(first):
        return False
    told = first[: colon.end()]
    return bool(_ANGLED_NAME.search(told) and re.search(r"\d", told) and _VERB.search(told))


def _may_wrap(first: str) -> bool:
    """Only what begins like an attribution may go on in the next line; a sentence with an address does not."""
    return bool(_OPENS.match(first) or _DATE.match(first) or _VERB.search(first))


def _could_open(first: str) -> bool:
    return _OPENS.match(first) is not None or _VERB.search(first) is not None or _DATE.match(first) is not None \
        or _ADDRESSED.search(first) is not None  # fmt: skip


def _is_attribution(joined: str, lines: list[str], after: int) -> bool:
    if not _ENDS.search(joined):
        return _has_no_colon(joined, lines, after)
    dated, addressed = _DATE.search(joined) is not None, _ADDRESSED.search(joined) is not None
    if _VERB.search(joined):
        # People too tell what somebody wrote and when; a program writes the verb last, or only a name behind it.
        return _quoted_next(lines, after) or addressed or (dated and _SHORT_END.search(joined) is not None)
    # Without any verb: "2026-11-22 10:00 Name <x@y>:", "Zitat von Name <x@y>:", "* Name <x@y> [date]:".
    if _ANGLED.search(joined) and _quoted_next(lines, after):
        return True
    return dated and addressed and _DATE.match(joined) is not None


def _has_no_colon(joined: str, lines: list[str], after: int) -> bool:
    """Some programs write none; then only the quoted lines right below prove it."""
    told = _VERB.search(joined) is not None and _OPENS.match(joined) is not None and _DATE.search(joined) is not None
    listed = _DATE.match(joined) is not None and joined.endswith(">") and _ANGLED.search(joined) is not None
    return (told or listed) and _quoted_next(lines, after)


def _quoted_next(lines: list[str], after: int) -> bool:
    following = _next_text(lines, after)
    return following is not None and _is_quoted(lines[following])


def _opens_header_block(lines: list[str], place: int) -> bool:
    """Whether "Von: / Gesendet: / An: / Betreff:" begins here, in any language, order and boldness."""
    if place >= len(lines) or not _label(lines[place]):
        return False
    kinds: set[str] = set()
    other = 0
    for line in lines[place : place + 16]:
        kind = _label(line)
        if kind:
            kinds.add(kind)
            other = 0
        elif line.strip():
            other += 1
        if other > 3:  # a To line may be wrapped, but three lines of prose are no header
            break
    if "from" not in kinds:
        return kinds >= {"sent", "to", "subject"}
    if _after_rule(lines, place) and "sent" in kinds:
        return True
    # A transfer too is from somebody, to somebody, of a date.
    told = "subject" in kinds or any("@" in line for line in lines[place : place + 8])
    return told and len(kinds & {"sent", "to", "subject"}) >= 2


def _label(line: str) -> str:
    found = _LABEL.match(line[:_LOOK].replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'"))
    return found.lastgroup or "" if found else ""


def _after_rule(lines: list[str], place: int) -> bool:
    before = [line for line in lines[max(0, place - 3) : place] if line.strip()]
    return bool(before) and _RULE.match(before[-1][:_LOOK]) is not None


def _is_wrapped_quote(lines: list[str], place: int) -> bool:
    """The rest of a long quoted line that the writer's program wrapped: it stands tight between two quoted lines."""
    if place == 0 or place + 1 >= len(lines):
        return False
    above, here, below = lines[place - 1][:_LOOK], lines[place][:_LOOK].strip(), lines[place + 1][:_LOOK]
    return (
        _is_quoted(above) and _is_quoted(below) and len(above) >= 60 and len(here) <= 40
        and (here[:1].islower() or not here[:1].isalpha())
    )  # fmt: skip


def _is_footer(line: str) -> bool:
    shown = line.strip()
    if _MY_DEVICE.match(shown) and len(shown) <= 60 and not shown.endswith("?"):
        return shown[:3].lower() != "von" or "gesendet" in shown.lower()
    return len(shown) <= 160 and _FOOTER.match(shown) is not None and _DEVICE.search(shown) is not None


def _past_signature(work: _Cutting, place: int) -> int:
    """A delimited signature goes down to the end, or to the old mail below it; what follows that is looked at."""
    if not any(line.strip() for line in work.kept) and not work.cut:
        work.kept.append(work.lines[place])  # nobody signs before writing
        return place + 1
    for at in range(place + 1, len(work.lines)):
        if _opens_old_mail(work.lines, at):
            return at
    return len(work.lines)


def _ends_soon(lines: list[str], place: int) -> bool:
    """Whether few lines are left, as below a name: a dash alone may also stand between the parts of a long letter."""
    below = range(place + 1, min(place + 4 * _MOST_SIGNED, len(lines)))
    left = [at for at in below if lines[at].strip()]
    if any(_opens_old_mail(lines, at) for at in left[:_MOST_SIGNED]):
        return True
    return len(left) <= _MOST_SIGNED and below.stop == len(lines)


def _opens_old_mail(lines: list[str], at: int) -> bool:
    line = lines[at][:_LOOK]
    return _is_quoted(line) or _is_separator(line) or _opens_header_block(lines, at) or _attribution(lines, at) > 0


def _finished(work: _Cutting) -> Trimmed:
    kept = work.kept
    for at, line in enumerate(kept):
        if _LIST_FOOTER.match(line) and at > 0 and len(kept) - at < 8:
            kept = kept[:at]
            break
    while kept and not kept[-1].strip():
        kept.pop()
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    unsure = work.unsure or _doubt(kept)
    if not text.strip() and work.cut:
        unsure = "nothing_new"
    return Trimmed(text, unsure, work.cut)


def _doubt(kept: list[str]) -> str:
    """Old text that may have stayed: an attribution or a header block that we could not place."""
    for at, line in enumerate(kept):
        shown = line[:_LOOK]
        if _ENDS.search(shown) and _VERB.search(shown) and (_ADDRESSED.search(shown) or _SHORT_END.search(shown)):
            return "attribution_left"
        if _label(shown) and at + 1 < len(kept) and _label(kept[at + 1]) and _ADDRESSED.search(shown):
            return "header_block_left"
    return ""
