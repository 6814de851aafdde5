"""The language of a text: function words of many languages against the first voice's ear for our three."""

import re
from collections.abc import Mapping

from bot.understand.text import Text, fold

_FUNCTION_WORDS = {
    "de": "der die das und ich ist nicht ein eine wir sie ihr zu mit den auf für von im es bitte uns auch noch haben sind wie wird kann können bei nach aus an dem des mir mich einen einer wenn aber oder jetzt schon mal unsere ihre danke dank vielen alles gut super prima passt hallo guten ja nein doch was wo heute morgen schön herzlichen grüße gruß hilfe",
    "fr": "le la les et je est pas un une nous vous de des du au aux pour sur dans en que qui il elle avec ce cette mon ma notre votre nos vos merci bonjour svp stp oui non par plus avons avez sommes mais ou où à tu ne se si aide ouais vas va y on",
    "en": "the and i is not a an we you to with for of on in it please our your my this that are have has can could would be at by do don't from as will thanks hello hi yes no but or now what where how help",
    "it": "il lo gli di che è un una per con non sono vorrei mi ci si della del dei delle nel alla questo questa grazie buongiorno fattura inviare potete potrei siamo nostra vostra anche come più ho abbiamo per favore ciao mandare puoi fatture abbonamento",
    "es": "el los las de que y es un una por para con no necesito quiero mi nos se del al esta este gracias buenos días hola factura enviar puede pueden somos nuestra nuestro también como más he hemos favor facturas enviarme por cuenta suscripción",
    "nl": "het een en van ik is niet wij jullie te voor met op dat deze dit onze uw kunt graag bedankt factuur sturen hebben zijn we naar ook nog als maar of aan bij kan kunnen heb mijn abonnement dank stuur mij goedemorgen hallo facturen alstublieft",
    "pt": "o os as de que e é um uma por para com não preciso quero meu minha nos se do da dos das no na obrigado obrigada olá bom dia fatura enviar pode podem somos nossa nosso também como mais tenho temos favor faturas conta assinatura",
    "pl": "i w na z do nie to jest się że proszę faktura fakturę faktury dziękuję dzień dobry wysłać przesłać mam mamy czy nasz nasze nasza jak o dla od po będzie można witam pozdrawiam numer konto",
    "sv": "och att det är en ett på för med inte jag vi ni som av till har kan vår vårt tack hej faktura fakturan skicka skulle från den om",
    "da": "og at det er en et på for med ikke jeg vi som af til har kan vores tak hej faktura fakturaen sende venligst fra den om",
    "cs": "a v na z do ne je se že prosím faktura fakturu děkuji dobrý den poslat máme jak pro od po bude můžete náš naše číslo",
    "tr": "ve bir bu için ile de da ne mi lütfen fatura faturayı teşekkürler merhaba gönder gönderir misiniz var yok biz ben numara",
    "ro": "și în la de cu nu este un o pentru vă rog factura mulțumesc bună ziua trimite trimiteți avem care pe din sunt",
    "hu": "és a az nem egy hogy van kérem számla számlát köszönöm jó napot küldje küldjék meg kell",
}
_EVERYBODYS = frozenset({"ok", "okay", "oki"})  # said alone, they have no language
_BY_WORD: dict[str, list[str]] = {}
for _name, _words in _FUNCTION_WORDS.items():
    for _word in dict.fromkeys(_words.split()):
        _BY_WORD.setdefault(_word, []).append(_name)

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NOISE = re.compile(r"[\w.+-]+@[\w.-]+|https?://\S+|<[@#!][^>]*>|:[a-z0-9_+-]+:|\b\w*\d\w*\b")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_OURS = ("de", "fr", "en")


def language_of(text: Text, heard: Mapping[str, float]) -> str | None:
    """`de`, `fr`, `en`, `other`, or None where there are no words."""
    words = [word.lower() for word in _WORD.findall(_NOISE.sub(" ", text.own[:8000]))]
    if _EVERYBODYS.issuperset(words):
        return None
    if sum(_LATIN.match(word) is not None for word in words) * 2 < len(words):
        return "other"
    votes = _votes(words)
    foreign = max((v for name, v in votes.items() if name not in _OURS), default=0.0)
    ours = max((votes[name] for name in _OURS), default=0.0)
    if foreign > ours * 1.25 and foreign >= (1.0 if len(words) < 4 else 1.5):
        return "other"
    if not heard and not ours:
        return None
    scores = {name: votes[name] / max(1.0, len(words)) * 4 + heard.get(name, 0.0) for name in _OURS}
    return max(_OURS, key=lambda name: scores[name])


def _votes(words: list[str]) -> dict[str, float]:
    """A word that several languages have counts little for each."""
    votes = dict.fromkeys((*_OURS, *_FUNCTION_WORDS), 0.0)
    for word in words:
        languages = _BY_WORD.get(word) or _BY_WORD.get(fold(word), [])
        for name in languages:
            votes[name] += 1 / len(languages)
    return votes
