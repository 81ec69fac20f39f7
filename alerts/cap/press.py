"""The press office: who speaks, for which wards, with which key; and public warnings given to it are CAP messages in the feed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.cap.areas import Wards
from alerts.cap.bulletin import Issuer, compose
from alerts.cap.public import Announcement, public_bulletin
from alerts.cap.publishing import earlier_messages, publish
from alerts.cap.signature import Signer, load_signer
from domain.settings import Settings
from domain.words import LANGUAGES, say
from storage.cap_messages import StoredCapMessage, cap_messages_of
from storage.database import Connection


@dataclass(frozen=True, slots=True)
class Press:
    """Everything that CAP messages of this house have in common."""

    issuer: Issuer
    wards: Wards
    signer: Signer | None

    def announce(self, connection: Connection, said: Announcement, actor: str, now: datetime) -> StoredCapMessage:
        """Publish what an officer decided, with the references it needs; commit is the caller's.

        Sent later than the message before, though both were decided within a second. Raises CapRefusedError.
        """
        chain = {message.identifier: message.sent for message in cap_messages_of(connection, said.warning)}
        earliest = [at + timedelta(seconds=1) for at in chain.values()][-1:]
        sent = max([said.sent.replace(microsecond=0), *earliest])
        # Said again, after a crash perhaps, it is the message that was sent.
        said = replace(said, sent=chain.get(f"{said.warning}.{said.number}", sent))
        message = compose(public_bulletin(said, earlier_messages(connection, said.warning, said.sent)), self.issuer)
        at = max(now, said.sent)
        return publish(connection, message, alert=said.warning, actor=actor, signer=self.signer, now=at)


def press_of(settings: Settings) -> Press:
    """As the settings say. Raises ConfigurationError: a key that cannot sign, wards that cannot be read."""
    names = {language: say("alert.cap.sender_name", language) for language in LANGUAGES}
    issuer = Issuer(sender=settings.cap_sender, names=names, contact=settings.cap_contact, web=settings.public_url)
    pair = settings.cap_key_file, settings.cap_cert_file
    signer = load_signer(pair[0], pair[1]) if pair[0] is not None and pair[1] is not None else None
    return Press(issuer, Wards(settings.config_dir), signer)
