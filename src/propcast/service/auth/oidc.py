"""Signing people in at an issuer (OpenID Connect): authorization code flow with PKCE, state and nonce."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode, urlsplit

from propcast.backends.bus.claims import Refusal, TokenRefused
from propcast.backends.secrets.port import Secret
from propcast.service.auth.accounts import Accounts
from propcast.service.auth.attempts import Attempt, Attempts
from propcast.service.auth.guard import too_many
from propcast.service.auth.id_tokens import Description, IdTokens
from propcast.service.auth.outbound import Unreachable, post_form
from propcast.service.auth.rates import SIGN_IN, Limiter
from propcast.service.auth.refusal import Reason, Refused
from propcast.service.auth.sessions import Sessions
from propcast.service.problems import Problem, busy


@dataclass(frozen=True)
class Provider:
    """An issuer at which this console is a client.

    Attributes:
        back: the address of this console to which the issuer sends people back.
    """

    description: Description
    tokens: IdTokens
    client_id: str
    secret: Secret
    back: str

    @property
    def host(self) -> str:
        """The name of the issuer that people see."""
        return urlsplit(self.tokens.issuer).netloc

    def address(self, attempt: Attempt) -> str:
        """Return where somebody goes to sign in; `Unreachable` when the issuer does not say. It blocks."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.back,
            "scope": "openid email",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = self.description.endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def email(self, code: str, attempt: Attempt) -> str:
        """Return the verified e-mail of who signed in; it blocks.

        `TokenRefused` when code or token prove nothing, `Unreachable` when the issuer does not answer as it should.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back}
        name = base64.b64encode(f"{quote_plus(self.client_id)}:{quote_plus(self.secret.reveal())}".encode()).decode()
        shown = {"Authorization": f"Basic {name}"}
        endpoint = self.description.endpoint("token_endpoint")
        reply = post_form(endpoint, {**form, "code_verifier": attempt.verifier}, shown)
        if reply.code == 400:
            raise TokenRefused(Refusal.FORGED)
        if reply.code != 200:
            raise Unreachable(f"{endpoint} answers {reply.code}")
        token = reply.document.get("id_token")
        if not isinstance(token, str):
            raise Unreachable(f"{endpoint} gives no identity token")
        return self.tokens.verify_reply(token, self.client_id, attempt.nonce).email


@dataclass(frozen=True)
class Answer:
    """With what somebody was sent back by the issuer."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""


@dataclass(frozen=True)
class OidcSignIn:
    """Sends people to the issuer and opens a session for those of them who have an account here."""

    provider: Provider
    attempts: Attempts
    accounts: Accounts
    sessions: Sessions
    limiter: Limiter

    def begin(self, onward: str, address: str) -> tuple[Attempt, str]:
        """Return a new attempt and where it goes on; it blocks. Raises the problem 429 or 503."""
        if wait := self.limiter.wait_s(SIGN_IN, f"address {address}"):
            raise too_many(wait)
        attempt = self.attempts.draw(onward)
        try:
            going = self.provider.address(attempt)
        except Unreachable as error:
            raise self._silent() from error
        self.attempts.keep(attempt)
        return attempt, going

    def finish(self, answer: Answer, browser: str) -> tuple[str, str]:
        """Return the id of a new session and where to go on; it blocks. Raises the problem 401, 403 or 503."""
        host = self.provider.host
        try:
            attempt = self.attempts.take(answer.state, browser)
        except Refused as refused:
            told = "This sign-in was begun too long ago, in another browser, or is finished already. Begin again."
            raise Problem(401, told, refused.reason) from refused
        if answer.error or answer.iss not in ("", self.provider.tokens.issuer):
            raise Problem(401, f"{host} did not sign you in. Begin again.", Reason.FORGED)
        email = self._email(answer.code, attempt)
        try:
            return self.sessions.open(self.accounts.of_email(email)), attempt.onward
        except Refused as refused:
            told = f"{host} knows you as {email}; that is no account here. Ask an administrator to add it."
            raise Problem(403, told, refused.reason) from refused

    def _email(self, code: str, attempt: Attempt) -> str:
        host = self.provider.host
        try:
            return self.provider.email(code, attempt)
        except TokenRefused as error:
            if error.refusal is Refusal.WRONG_EMAIL:
                raise Problem(403, f"{host} has not verified your e-mail address.", Reason.WRONG_ACCOUNT) from error
            raise Problem(401, f"What {host} answered proves nothing. Begin again.", Reason.FORGED) from error
        except Unreachable as error:
            raise self._silent() from error

    def _silent(self) -> Problem:
        told = f"{self.provider.host} does not answer now. Try again, or sign in with name and password."
        return busy(5, told, Reason.UNCHECKED)
