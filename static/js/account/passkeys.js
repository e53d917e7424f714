// Forms that ask the browser for a passkey: adding one, logging in with one, confirming with one. Without WebAuthn in the
// browser (or on a page that is not secure) the ways that need it stay hidden, or say so.

import { fromPage } from "#lib/dom";
import { _ } from "#lib/words";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** The options as the server wrote them (base64url), as the browser wants them (bytes). */
function opened({ publicKey }) {
  const bytes = (list) => (list ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));
  return {
    ...publicKey,
    challenge: toBytes(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: toBytes(publicKey.user.id) } }),
    ...(publicKey.excludeCredentials && { excludeCredentials: bytes(publicKey.excludeCredentials) }),
    ...(publicKey.allowCredentials && { allowCredentials: bytes(publicKey.allowCredentials) }),
  };
}

/** What the browser answered, as JSON for the server. */
function told(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((name) => response[name]).map((name) => [name, toText(response[name])]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { ...Object.fromEntries(given), ...(response.getTransports && { transports: response.getTransports() }) },
  });
}

async function ask(form) {
  if (form.dataset.passkey === "login") {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return navigator.credentials.get({ publicKey: opened((await answer.json()).request_options) });
  }
  const options = fromPage(form.dataset.options);
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey: opened(options.request_options) });
  const publicKey = opened(options.creation_options);
  const alone = form.elements.passwordless.checked;
  const selection = { residentKey: alone ? "required" : "discouraged", requireResidentKey: alone };
  publicKey.authenticatorSelection = { ...publicKey.authenticatorSelection, ...selection, ...(alone && { userVerification: "required" }) };
  return navigator.credentials.create({ publicKey });
}

function inWords(error) {
  if (error.name === "NotAllowedError") return _("That was cancelled, or it took too long. Please try again.");
  if (error.name === "InvalidStateError") return _("This device has a passkey for this account already.");
  if (error.name === "SecurityError") return _("Passkeys do not work at this address.");
  return _("The passkey could not be used. Please try again.");
}

function prepare(form) {
  const trouble = form.querySelector("[data-passkey-error]");
  const say = (text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };
  if (!globalThis.PublicKeyCredential) {
    if (!form.hidden) say(_("This browser has no passkeys here."));
    form.addEventListener("submit", (event) => event.preventDefault());
    return;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    try {
      form.elements.credential.value = told(await ask(form));
      form.submit();
    } catch (error) {
      say(inWords(error));
    }
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) prepare(form);
