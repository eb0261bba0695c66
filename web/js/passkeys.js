// Passkeys (Web Authentication, level 3): between the JSON that the server speaks and what browsers take and give.

/**
 * Why passkeys of `rpId` can't be used in this page: `'frame'`, `'address'` or `'browser'`; `null` when they can. The server
 * takes answers of pages at its own address alone, and of none that stand within another.
 */
export function passkeysBarrier(rpId) {
  if (window.top !== window) return 'frame';
  if (location.hostname !== rpId) return 'address';
  // There are none on plain http.
  const able = typeof PublicKeyCredential === 'function' && typeof navigator.credentials?.create === 'function' && isSecureContext;
  return able ? null : 'browser';
}

/** Asks the browser for a new passkey; answers what the server wants of it. */
export async function makePasskey(options, signal) {
  const credential = await navigator.credentials.create({ publicKey: creationOptions(options), signal });
  return credentialJson(credential);
}

/** Asks the browser to prove that a passkey is here; answers what the server wants of it. */
export async function provePasskey(options, signal) {
  const credential = await navigator.credentials.get({ publicKey: requestOptions(options), signal });
  return credentialJson(credential);
}

/** Whether the person, or the browser for them, broke it off: then there is nothing to report. */
export function isBrokenOff(error) {
  return error?.name === 'NotAllowedError' || error?.name === 'AbortError';
}

/** PublicKeyCredentialCreationOptionsJSON as `navigator.credentials.create` takes it (§5.1.9). */
export function creationOptions(json) {
  return {
    ...json,
    challenge: bytesOf(json.challenge),
    user: { ...json.user, id: bytesOf(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map(descriptor),
  };
}

/** PublicKeyCredentialRequestOptionsJSON as `navigator.credentials.get` takes it (§5.1.10). */
export function requestOptions(json) {
  return { ...json, challenge: bytesOf(json.challenge), allowCredentials: (json.allowCredentials ?? []).map(descriptor) };
}

function descriptor(json) {
  return { ...json, id: bytesOf(json.id) };
}

/** A credential as JSON (§5.1.8), of browsers too that can't make it themselves. */
export function credentialJson(credential) {
  const { response } = credential;
  const json = {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults?.() ?? {},
    response: { clientDataJSON: textOf(response.clientDataJSON) },
  };
  if (credential.authenticatorAttachment) json.authenticatorAttachment = credential.authenticatorAttachment;
  if (response.attestationObject) {
    json.response.attestationObject = textOf(response.attestationObject);
    json.response.transports = response.getTransports?.() ?? [];
  } else {
    json.response.authenticatorData = textOf(response.authenticatorData);
    json.response.signature = textOf(response.signature);
    if (response.userHandle) json.response.userHandle = textOf(response.userHandle);
  }
  return json;
}

/** The bytes of base64url without padding (RFC 4648 §5). */
export function bytesOf(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** The same the other way. */
export function textOf(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/u, '');
}
