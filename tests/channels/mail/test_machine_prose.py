"""Machines that bear no mark, and people who write the same words: told apart by what the text says.

Absences, acknowledgements, challenges, receipts, bounces and newsletters in three languages, and requests that
speak of absences, automatic answers, undeliverable mails and newsletters. Nobody who asks for something is silenced.
Written blind; the first count was 48 of 123 machines recognised, and 11 of 90 people held back.
"""

from dataclasses import dataclass, field

import pytest

from bot.channels.mail.read import read_mail
from bot.messages import Kind
from tests.channels.mail.letters import OWN, mail


@dataclass(frozen=True)
class Written:
    """A mail in short: its text, its subject and what other headers it has."""

    text: str
    subject: str = "Re: x"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """The mail."""
        return mail(self.text, **{"Subject": self.subject, **self.headers})

    def __str__(self) -> str:
        return f"{self.subject} - {self.text[:40]}"


AUTO = [
    Written("Sehr geehrte Damen und Herren,\n\nich befinde mich vom 21.11. bis einschließlich 05.12.2026 im Urlaub. Ihre E-Mail wird nicht weitergeleitet.\nBitte wenden Sie sich in dringenden Fällen an Frau Weber (weber@kunde.example).", "AW: Ihre Rechnung"),
    Written("Vielen Dank für Ihre E-Mail. Ich bin derzeit nicht erreichbar und kehre am 1. Dezember zurück. Ihre Nachricht wird nach meiner Rückkehr bearbeitet.", "Re: Rechnung"),
    Written("Ich bin bis zum 30.11. in Elternzeit. Meine Vertretung übernimmt Herr Braun, Tel. 089 123456.", "Re: Rechnung"),
    Written("Guten Tag,\nunser Büro ist vom 23.12.2026 bis 06.01.2027 geschlossen. Ab dem 7. Januar sind wir wieder für Sie da.\nFrohe Weihnachten!", "AW: Rechnung"),
    Written("Guten Tag, wegen Betriebsferien ist unser Büro bis 4. Januar nicht besetzt. Ihre E-Mail wird danach bearbeitet.", "Betriebsferien"),
    Written("Danke für Ihre Nachricht. Ich bin zurzeit auf Dienstreise und habe nur eingeschränkten Zugriff auf meine E-Mails.", "Re: x"),
    Written("Hallo, ich habe diese Woche Urlaub und lese keine E-Mails. Ab Montag bin ich wieder erreichbar.", "Re: x"),
    Written("Ich arbeite nicht mehr bei der Kunde AG. Bitte wenden Sie sich künftig an info@kunde.example. Ihre E-Mail wurde nicht weitergeleitet.", "AW: Rechnung"),
    Written("Diese E-Mail-Adresse wird nicht mehr verwendet. Bitte schreiben Sie an neu@kunde.example. Ihre Nachricht wurde nicht zugestellt.", "Re: Rechnung"),
    Written("x", "Abwesenheit: Rechnung"),
    Written("x", "Urlaub bis 5.12."),
    Written("x", "[Automatische Antwort] Rechnung"),
    Written("x", "Abwesend: AW: Rechnung"),
    Written("x", "Nicht im Haus: Re: Rechnung"),
    Written("x", "Autoreply: Rechnung"),
    Written("x", "AUTO: Max Muster ist außer Haus (Rückkehr am 05.12.2026)"),
    Written("x", "Max Muster ist außer Haus."),
    Written("x", "Max Muster ist abwesend"),
    Written("x", "Automatische Eingangsbestätigung"),
    Written("Bonjour,\n\nJe suis actuellement en congés jusqu'au 4 décembre inclus. En cas d'urgence, merci de contacter Mme Roux au 01 22 33 44 55.", "RE: Votre facture"),
    Written("Bonjour, absent du bureau du 20/11 au 04/12, je prendrai connaissance de votre message à mon retour.", "RE: facture"),
    Written("Bonjour,\nNotre établissement est fermé du 23 décembre au 3 janvier. Nous traiterons votre demande à notre retour.", "Re: facture"),
    Written("Je ne fais plus partie de la société. Merci d'adresser vos messages à contact@client.example.", "Re: facture"),
    Written("Merci pour votre message. Je suis en congé maternité et serai de retour en mars. Votre message ne sera pas lu.", "Re: facture"),
    Written("Je suis en déplacement cette semaine avec un accès limité à ma messagerie. Pour toute urgence, contactez mon assistante.", "Re: facture"),
    Written("Cette adresse n'est plus active. Veuillez écrire à nouveau@client.example. Ceci est un message automatique.", "Re: facture"),
    Written("x", "Absence du bureau : Votre facture"),
    Written("x", "Absent(e) : facture"),
    Written("x", "Absente jusqu'au 5 décembre"),
    Written("x", "[Réponse automatique] facture"),
    Written("x", "Rép. auto : facture"),
    Written("x", "Message d'absence"),
    Written("x", "Congés annuels : Re: facture"),
    Written("x", "Je suis absent"),
    Written("x", "Réponse d'absence : facture"),
    Written("Thank you for your email. I am out of the office until Monday 30 November and will have no access to email. For urgent matters please contact Ann.", "Re: Your invoice"),
    Written("I'm away on holiday and will be back on 1 December. I'll reply to your message on my return.", "Re: Your invoice"),
    Written("I am currently on maternity leave. Please contact my colleague Tom.", "Re: Your invoice"),
    Written("I no longer work at Customer Ltd. Please direct your enquiry to office@customer.example.", "Re: Your invoice"),
    Written("This mailbox is not monitored. Please do not reply to this email.", "Re: Your invoice"),
    Written("Our offices are closed for the holidays and will reopen on January 4.", "Re: invoice"),
    Written("x", "OOO Re: Your invoice"),
    Written("x", "Out of the office until Monday"),
    Written("x", "I am out of the office"),
    Written("x", "Jo Carter is out of the office (returning 12/01/2026)"),
    Written("x", "Auto Response: invoice"),
    Written("x", "Autoreply"),
    Written("x", "Annual leave Re: invoice"),
    Written("x", "Away: invoice"),
    Written("x", "[AUTO] Re: invoice"),
    Written("Sehr geehrte Damen und Herren,\n\nvielen Dank für Ihre Anfrage. Ihre Nachricht ist bei uns eingegangen und wurde unter der Ticketnummer 2026112212000123 registriert. Wir melden uns schnellstmöglich.", "[Ticket#2026112212000123] Ihre Rechnung"),
    Written("Wir haben Ihre Anfrage erhalten und werden diese schnellstmöglich bearbeiten. Ihre Vorgangsnummer lautet 47110815.\nDies ist eine automatisch generierte E-Mail, bitte antworten Sie nicht darauf.", "Re: Rechnung"),
    Written("Vielen Dank für Ihre Nachricht! Diese wurde an unser Team weitergeleitet. Diese E-Mail wurde automatisch erstellt.", "Ihre Anfrage bei Kunde AG"),
    Written("Bonjour,\n\nNous avons bien reçu votre demande et nous vous répondrons dans les meilleurs délais. Votre numéro de dossier est le 2026-4455.\nMerci de ne pas répondre à ce message automatique.", "[#4455] Votre facture"),
    Written("Votre demande (n° 88231) a bien été enregistrée. Un conseiller va la traiter sous 48 heures.", "Demande 88231 enregistrée"),
    Written("Ceci est un message automatique, merci de ne pas y répondre. Votre ticket a été créé.", "Ticket 12 créé"),
    Written("Hello,\nthank you for contacting us. Your request (#55231) has been received and is being reviewed by our support staff.\n\nTo add additional comments, reply to this email.", "[Request received] Your invoice"),
    Written("We've received your message and will get back to you within 24 hours. Your ticket number is 8812.", "Re: Your invoice"),
    Written("This is an automated response. A support ticket has been opened for your request.", "[Ticket ID: 4455] invoice"),
    Written("Thank you for your email. This is an automatic reply to let you know that we got it.", "Re: invoice"),
    Written("Hello,\nI am protecting myself against spam. Please click the link below so that your message is delivered: https://x.example/c?1", "Re: invoice"),
    Written("x", "[SPAM-Schutz] Bitte bestätigen Sie Ihre E-Mail"),
    Written("Bitte bestätigen Sie einmalig Ihre Absenderadresse, damit Ihre E-Mail zugestellt wird: https://x.example/", "Re: Rechnung"),
    Written("Votre message est en attente. Pour qu'il soit délivré, veuillez confirmer votre adresse en cliquant sur ce lien. Antispam MailInBlack", "Re: facture"),
    Written("Bonjour, pour que votre mail me soit remis, merci de vous authentifier en cliquant ici.", "Mailinblack : validation de votre adresse"),
    Written("Your message to jo@customer.example is being held. To verify that you are a real person, reply to this message.", "Please verify your email: invoice"),
    Written("x", "Boxbe: Waiting list"),
    Written("Ihre Nachricht\n  An: Max\n  Betreff: Rechnung\n  Gesendet: 22.11.2026\nwurde gelesen am 23.11.2026.", "Gelesen: Rechnung"),
    Written("x", "Lu : Votre facture"),
    Written("x", "Read: invoice"),
    Written("x", "Lesebestätigung: Rechnung"),
    Written("x", "Confirmation de lecture : facture"),
    Written("x", "Accusé de réception"),
    Written("x", "Lesebestätigung (angezeigt) - Rechnung"),
    Written("x", "Return Receipt (displayed) - invoice"),
    Written("x", "Ungelesen gelöscht: Rechnung"),
    Written("x", "Not read: invoice"),
    Written("This is a Return Receipt for the mail that you sent to jo@customer.example.\nNote: This Return Receipt only acknowledges that the message was displayed", "x"),
    Written("Dies ist eine Empfangsbestätigung für die Nachricht, die Sie an max@kunde.example gesendet haben.", "x"),
    Written("Ceci est un accusé de réception pour le courrier que vous avez envoyé à luc@client.example.", "x"),
    Written("x", "Re: x", {"From": "noreply-invoice@kunde.example"}),
    Written("x", "Re: x", {"From": "notifications@github.example", "X-GitHub-Reason": "mention"}),
    Written("x", "Re: x", {"From": "no_reply@kunde.example"}),
    Written("x", "Re: x", {"From": "nepasrepondre@client.example"}),
    Written("x", "Re: x", {"From": "bitte-nicht-antworten@kunde.example"}),
    Written("x", "Re: x", {"From": "donotreply@kunde.example"}),
    Written("x", "Re: x", {"From": "noresponder@cliente.example"}),
    Written("x", "Re: x", {"From": "automailer@kunde.example"}),
    Written("Dies ist eine automatisch erzeugte E-Mail. Bitte antworten Sie nicht auf diese Nachricht.\nIhre Bestellung 4711 wurde versandt.", "Versandbestätigung", {"From": "shop@kunde.example"}),
    Written("Ceci est un e-mail automatique, merci de ne pas répondre. Votre colis est en route.", "Expédition", {"From": "shop@client.example"}),
    Written("This is an automatically generated email, please do not reply.\nYour parcel 4711 has shipped.", "Shipped", {"From": "shop@customer.example"}),
    Written("x", "Angenommen: Besprechung"),
    Written("x", "Accepted: Meeting"),
    Written("x", "Accepté : Réunion"),
    Written("x", "Mit Vorbehalt: Termin"),
    Written("x", "Declined: Meeting"),
    Written("Thank you for contacting us. We have received your message and will get back to you shortly.", "Thank you for contacting Customer Ltd"),
    Written("Ihre Nachricht ist bei uns eingegangen und wird umgehend bearbeitet.", "Vielen Dank für Ihre Nachricht"),
    Written("Nous avons bien reçu votre message.\nCeci est une réponse automatique.", "Merci pour votre message"),
]  # fmt: skip

BOUNCE = [
    Written("Ihre Nachricht wurde an folgende Empfänger nicht zugestellt:\nmax@kunde.example", "Unzustellbar: Rechnung", {"From": "postmaster@kunde.example"}),
    Written("Fehler beim Zustellen der Nachricht an folgende Empfänger oder Gruppen:\n\nmax@kunde.example\nDie eingegebene E-Mail-Adresse konnte nicht gefunden werden.", "Unzustellbar: Rechnung"),
    Written("Échec de la remise pour ces destinataires ou groupes :\n\nluc@client.example\nL'adresse de messagerie entrée est introuvable.", "Non remis : facture"),
    Written("Your message to max@kunde.example couldn't be delivered.\nmax wasn't found at kunde.example.", "Undeliverable: invoice"),
    Written("Hi. This is the qmail-send program at mx.kunde.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.", "failure notice"),
    Written("This is the mail system at host mx.kunde.example.\n\nI'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.", "Undelivered Mail Returned to Sender", {"From": "MAILER-DAEMON@kunde.example"}),
    Written("** Address not found **\n\nYour message wasn't delivered to max@kunde.example because the address couldn't be found, or is unable to receive mail.", "Delivery Status Notification (Failure)", {"From": "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"}),
    Written("** Adresse nicht gefunden **\n\nIhre Nachricht an max@kunde.example wurde nicht zugestellt, weil die Adresse nicht gefunden wurde.", "Delivery Status Notification (Failure)", {"From": "mailer-daemon@googlemail.com"}),
    Written("This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its recipients.", "Mail delivery failed: returning message to sender", {"From": "max@kunde.example"}),
    Written("Sorry, we were unable to deliver your message to the following address.\n\n<max@yahoo.example>:\n554: delivery error: This user doesn't have an account", "Failure Notice", {"From": "x@yahoo.example"}),
    Written("The following message to <max@kunde.example> was undeliverable.\nThe reason for the problem:\n5.1.0 - Unknown address error 550", "Undeliverable Message"),
    Written("Delivery to the following recipient failed permanently:\n\n     max@kunde.example", "Delivery Status Notification (Failure)", {"From": "x@gmail.example"}),
    Written("Ihre E-Mail konnte nicht zugestellt werden. Das Postfach des Empfängers ist voll.", "Mail konnte nicht zugestellt werden", {"From": "postmaster@gmx.example"}),
    Written("Votre message n'a pas pu être remis à luc@client.example car la boîte est pleine.", "Échec de la remise", {"From": "postmaster@client.example"}),
    Written("Diese Nachricht wurde automatisch vom Mailsystem erstellt.\nDie folgende Adresse ist dauerhaft nicht erreichbar:\n  max@kunde.example\n550 User unknown", "Zustellung fehlgeschlagen"),
    Written("Ce message a été généré automatiquement par le serveur de messagerie.\nVotre message n'a pu être remis aux destinataires suivants :\nluc@client.example : 550 5.1.1 user unknown", "Message non distribué"),
    Written("Your message did not reach some or all of the intended recipients.\n  Subject: invoice\nThe following recipient(s) cannot be reached: max@kunde.example", "Undeliverable: invoice", {"From": "System Administrator <x@kunde.example>"}),
    Written("--- The following addresses had permanent fatal errors ---\n<max@kunde.example>\n   ----- Transcript of session follows -----\n550 5.1.1 User unknown", "Returned mail: see transcript for details"),
    Written("Message from yahoo.example.\nUnable to deliver message to the following address(es).\n<x@yahoo.example>: mailbox full", "Mail failure"),
    Written("Dieser Bericht wurde von mx.kunde.example erzeugt. Der Server konnte die Nachricht nicht übermitteln: 552 Mailbox quota exceeded", "x", {"Return_Path": "<>"}),
]  # fmt: skip

LIST = [
    Written("Unser Newsletter im November ...\n\nWenn Sie diesen Newsletter nicht mehr erhalten möchten, klicken Sie hier, um sich abzumelden.", "Newsletter November"),
    Written("Pour vous désabonner de cette newsletter, cliquez ici. Si vous ne visualisez pas ce message, version en ligne.", "Nos offres de novembre"),
    Written("Big sale! View this email in your browser. To unsubscribe from this mailing list, click here.", "Black Friday deals"),
]  # fmt: skip

PEOPLE = [
    Written("Guten Tag,\ndie automatische Verlängerung unseres Abonnements möchten wir kündigen.", "Automatische Verlängerung"),
    Written("Bitte schalten Sie die automatische Antwort auf unsere Rechnungsadresse ab.", "Frage zur automatischen Antwort"),
    Written("Während meiner Abwesenheit vom 20.11. bis 4.12. schicken Sie die Rechnungen bitte an Frau Weber, weber@kunde.example.", "Vertretung während meiner Abwesenheit"),
    Written("Ich bin ab Montag im Urlaub. Können Sie mir die Rechnung 20260123 vorher noch schicken?", "Rechnung vor dem Urlaub"),
    Written("Ich war bis gestern im Urlaub und habe die Rechnung erst heute gesehen. Bitte verlängern Sie die Frist.", "Zahlungsfrist"),
    Written("Ihre E-Mail an buchhaltung@kunde.example war unzustellbar, weil wir umgezogen sind. Bitte senden Sie die Rechnung noch einmal.", "Rechnung nicht angekommen"),
    Written("Meine Mail an Sie kam als unzustellbar zurück. Was ist da los?", "Unzustellbar?"),
    Written("my last message came back as undeliverable. Please resend the invoice.", "Undelivered invoice"),
    Written("Please unsubscribe us from the newsletter but keep sending invoices.", "Unsubscribe"),
    Written("Bitte melden Sie mich vom Newsletter ab. Die Rechnung 4711 brauche ich aber noch.", "Newsletter abmelden"),
    Written("Merci de me désabonner de la newsletter, et de m'envoyer la facture 4711.", "Désabonnement"),
    Written("Je serai absente jusqu'au 4 décembre. Pouvez-vous envoyer la facture à ma collègue luc@client.example ?", "Facture pendant mon absence"),
    Written("Pendant mes congés, merci d'adresser les factures à compta@client.example.", "Congés : adresse de facturation"),
    Written("J'ai reçu une réponse automatique mais personne ne m'a répondu. C'est urgent !", "Réponse automatique reçue, toujours sans facture"),
    Written("Nous avons bien reçu votre facture mais le montant est faux.", "Facture reçue"),
    Written("Nous avons bien reçu votre demande de paiement. Pouvez-vous nous envoyer le RIB ?", "Votre demande"),
    Written("I will be out of the office from Monday, so please send the invoice to my colleague today.", "Invoice before my leave"),
    Written("I'm on holiday next week. Please send invoice 4711 to tom@customer.example instead.", "Holiday cover"),
    Written("We received your automatic reminder but we paid last week.", "Automatic reminder"),
    Written("Is there an automatic payment option? We would like to switch.", "Automatic payment"),
    Written("Your ticket 4711 has been open for two weeks. When do I get an answer?", "Your ticket 4711"),
    Written("Ihre Anfrage ist bei uns eingegangen, aber wir verstehen die Rechnung nicht. Bitte rufen Sie an.", "Re: Ihre Anfrage"),
    Written("Vielen Dank für Ihre Nachricht. Wir haben die Rechnung am 20.11. bezahlt, Beleg anbei.", "AW: Mahnung"),
    Written("Thank you for your email. Please change our billing address to 4 High Street, Leeds.", "Re: Your invoice"),
    Written("Wir haben Ihre Nachricht erhalten und möchten widersprechen.", "AW: Preiserhöhung"),
    Written("Wir haben Ihre Rechnung erhalten, danke. Können Sie sie auch als XRechnung schicken?", "AW: Rechnung"),
    Written("Unser Büro zieht um: ab 1.12. lautet die Rechnungsadresse Hafenstraße 12, 20457 Hamburg.", "Umzug"),
    Written("Unser Büro ist vom 23.12. bis 6.1. geschlossen. Bitte legen Sie den Abbuchungstermin auf Ende Januar.", "Abbuchung"),
    Written("Nos bureaux sont fermés du 23/12 au 3/1, pouvez-vous décaler l'échéance de la facture ?", "Échéance"),
    Written("Frau Brandt arbeitet nicht mehr bei uns. Bitte löschen Sie sie als Ansprechpartnerin und tragen Sie mich ein.", "Ansprechpartner"),
    Written("Mme Roux ne fait plus partie de la société, merci de mettre à jour le contact.", "Contact"),
    Written("Tom no longer works here. Please send invoices to me from now on.", "Contact person"),
    Written("Ich kann mich nicht anmelden. Das Portal sagt: Bitte bestätigen Sie Ihre E-Mail-Adresse. Der Link fehlt.", "Bestätigen der E-Mail-Adresse"),
    Written("Le portail demande de confirmer mon adresse en cliquant sur un lien que je n'ai pas reçu.", "Lien d'activation"),
    Written("The portal says please confirm your email but the link has expired.", "Please confirm your email?"),
    Written("Bitte senden Sie mir eine Eingangsbestätigung für meine Kündigung.", "Kündigung"),
    Written("Merci de m'envoyer un accusé de réception de ma résiliation.", "Résiliation"),
    Written("Dies ist keine automatische Nachricht, bitte antworten Sie! Rechnung 4711 fehlt.", "Rechnung fehlt"),
    Written("Ich erhalte immer nur automatisch generierte E-Mails von Ihnen. Ich möchte einen Menschen sprechen.", "Beschwerde"),
    Written("Je ne reçois que des messages automatiques. Je souhaite parler à quelqu'un.", "Réclamation"),
    Written("I keep getting automated responses. Can a human please call me?", "Automated responses"),
    Written("Die Einladung zum Portal ist abgelaufen. Bitte neu senden.", "Einladung abgelaufen"),
    Written("Einladung: bitte schicken Sie mir die Einladung zum Portal noch einmal.", "Einladung zum Portal"),
    Written("Das Angebot ist angenommen, bitte die Rechnung senden.", "Angenommen"),
    Written("Offre acceptée, merci d'envoyer la facture.", "Accepté"),
    Written("Die Zahlung wurde abgelehnt, warum?", "Abgelehnt: Zahlung"),
    Written("My payment was declined. Why?", "Declined: payment"),
    Written("Le paiement est refusé, pourquoi ?", "Refusé : paiement"),
    Written("Das Postfach rechnung@kunde.example ist voll, bitte senden Sie an info@kunde.example.", "Postfach voll"),
    Written("Ihre Rechnung konnte nicht zugestellt werden, sagt unser Briefträger. Bitte per Mail senden.", "Rechnung nicht zustellbar"),
    Written("Votre facture n'a pas pu être remise par la poste. Merci de l'envoyer par mail.", "Non remis"),
    Written("Le colis est non remis, mais ma question porte sur la facture 4711.", "Non remis : colis"),
    Written("Bitte an die Urlaubsvertretung, Herrn Braun: die Rechnung 4711 senden.", "Urlaubsvertretung"),
    Written("Hello, out of office hours nobody answers the phone. When can I call about my invoice?", "Out of hours"),
    Written("Automatische Antworten von Ihnen helfen mir nicht weiter: wo ist meine Rechnung?", "Automatische Antworten helfen nicht"),
    Written("Ich bin nicht im Büro, schreibe vom Handy: bitte Rechnung 4711 an weber@kunde.example senden, dringend.", "dringend"),
    Written("Je suis en déplacement, c'est urgent : merci de m'envoyer la facture 4711.", "Urgent"),
    Written("I am away from my desk and this is urgent: please send me invoice 4711.", "Urgent"),
    Written("Je suis actuellement absent, pouvez-vous contacter ma collègue pour le renouvellement ? Urgent.", "Renouvellement"),
    Written("Ich bin zurzeit nicht im Haus. Können Sie in dringenden Fällen auch meine Kollegin anrufen? Und wann ist die Rechnung fällig?", "Frage"),
    Written("In dringenden Fällen erreichen Sie mich mobil. Bitte senden Sie uns das Angebot zur Verlängerung.", "Angebot"),
    Written("Leider habe ich den Link gelöscht. Ungelesen gelöscht, sozusagen. Bitte neu.", "Link gelöscht"),
    Written("Vielen Dank für Ihre Nachricht!", "AW: Ihre Nachricht"),
    Written("Merci pour votre message, j'ai payé hier.", "Re: Merci pour votre message"),
    Written("Bitte nicht antworten, nur zur Kenntnis: wir haben bezahlt.", "Zahlung"),
    Written("Please do not reply to Tom any more, I am the new contact. Send invoices to me.", "New contact"),
    Written("Ticket erstellt habe ich schon gestern, aber keine Antwort. Wo ist die Rechnung?", "Ticket"),
    Written("Meine Frau und ich sind in Elternzeit, bitte pausieren Sie das Abonnement. Wer ist die Vertretung?", "Elternzeit"),
    Written("Ich bin im Urlaub und wollte fragen, ob die Zahlung bis nach meiner Rückkehr warten kann.", "Zahlung"),
    Written("Bin bis Freitag nicht im Büro. Kann ich danach zahlen oder ist das schon überfällig? In dringenden Fällen bitte anrufen.", "AW: Zahlungserinnerung"),
    Written("We are closed on Friday. Please call on Monday about the renewal.", "Renewal"),
    Written("Sent from an automatic system? Your dunning letter is wrong.", "Re: dunning"),
    Written("x? Rechnung 4711 bitte", "Re: x", {"From": "reply@kunde.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "bernd.noreplinger@kunde.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "post@kunde.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "office@kunde.example"}),
    Written("Facture svp", "Re: x", {"From": "notaire@client.example"}),
    Written("Invoice please", "Re: x", {"From": "bounce.house@customer.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "automatikbau@kunde.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "automation@kunde.example"}),
    Written("Invoice please", "Re: x", {"From": "system.admin@customer.example"}),
    Written("Invoice please", "Re: x", {"From": "newsletter-editor@customer.example"}),
    Written("Rechnung bitte", "Re: x", {"From": "service@kunde.example"}),
    Written("Invoice please", "Re: x", {"X_Mailer": "Microsoft Outlook 16.0", "Importance": "high"}),
    Written("Invoice please", "Re: x", {"X_Auto_Response_Suppress": "DR, RN, NRN"}),
    Written("Invoice please", "Re: x", {"X_MS_Has_Attach": "yes", "X_MS_Exchange_CrossTenant_Id": "x"}),
    Written("Invoice please", "Re: x", {"Disposition_Notification_To": "jo@customer.example"}),
    Written("Invoice please", "Re: x", {"X_Priority": "1"}),
    Written("Invoice please", "Re: x", {"Precedence": "first-class"}),
    Written("Rechnung bitte", "Re: x", {"Auto_Submitted": "no"}),
    Written("Bitte senden Sie mir eine Bestätigung der Kündigung.", "Eingangsbestätigung"),
    Written("Wer hilft uns während der Zeit, und wohin geht die Rechnung?", "Abwesenheit von Frau Weber"),
    Written("Ich habe eine automatische Nachricht bekommen und verstehe die Mahnung nicht.", "Abwesend"),
    Written("La facture est-elle payée ?", "Absence"),
]  # fmt: skip

MACHINES = (
    [(Kind.AUTO, one) for one in AUTO] + [(Kind.BOUNCE, one) for one in BOUNCE] + [(Kind.LIST, one) for one in LIST]
)


@pytest.mark.parametrize(("kind", "written"), MACHINES, ids=[str(one) for _, one in MACHINES])
def test_a_machine_without_any_mark_is_recognised_by_its_words(kind: Kind, written: Written) -> None:
    inbound = read_mail(written.raw, "k", own=OWN)
    assert inbound.kind is kind
    assert inbound.kind_reason


@pytest.mark.parametrize("written", PEOPLE, ids=str)
def test_nobody_who_asks_for_something_is_silenced_by_their_words(written: Written) -> None:
    assert read_mail(written.raw, "k", own=OWN).kind is Kind.PERSON
