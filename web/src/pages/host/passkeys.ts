import type { MadeCredential, MakePasskey, UsedCredential, UsePasskey } from '../../host.gen'
import type { Problem } from './api'

const TRANSPORT = /^[a-z-]{1,20}$/
const TRANSPORTS_MAX = 5

/** Whether this browser, at this address, has passkeys at all. */
export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in window && 'credentials' in navigator
}

/** Let the device make a passkey. */
export async function makePasskey(asked: MakePasskey): Promise<MadeCredential | Problem> {
  const made = await tried(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: fromBase64(asked.challenge),
        rp: { id: asked.rp_id, name: asked.rp_name },
        user: { id: fromBase64(asked.user_id), name: asked.user_name, displayName: asked.user_name },
        pubKeyCredParams: asked.algorithms.map((alg) => ({ type: 'public-key', alg })),
        excludeCredentials: asked.known.map((id) => ({ type: 'public-key', id: fromBase64(id) })),
        authenticatorSelection: {
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'preferred',
        },
        attestation: 'none',
      },
    }),
  )
  if (typeof made === 'string') return made
  if (!(made.response instanceof AuthenticatorAttestationResponse)) return 'cancelled'
  const { response } = made
  return {
    credential_id: toBase64(made.rawId),
    client_data: toBase64(response.clientDataJSON),
    attestation: toBase64(response.attestationObject),
    transports: (response.getTransports?.() ?? [])
      .filter((one) => TRANSPORT.test(one))
      .slice(0, TRANSPORTS_MAX),
  }
}

/** Let the person choose a passkey of this place; the browser knows which there are. */
export async function takePasskey(asked: UsePasskey): Promise<UsedCredential | Problem> {
  const used = await tried(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: fromBase64(asked.challenge),
        rpId: asked.rp_id,
        allowCredentials: [],
        userVerification: 'preferred',
      },
    }),
  )
  if (typeof used === 'string') return used
  if (!(used.response instanceof AuthenticatorAssertionResponse)) return 'cancelled'
  const { response } = used
  return {
    credential_id: toBase64(used.rawId),
    client_data: toBase64(response.clientDataJSON),
    authenticator_data: toBase64(response.authenticatorData),
    signature: toBase64(response.signature),
    user_handle: response.userHandle === null ? '' : toBase64(response.userHandle),
  }
}

async function tried(act: () => Promise<Credential | null>): Promise<PublicKeyCredential | Problem> {
  if (!hasPasskeys()) return 'no_passkeys_here'
  try {
    const credential = await act()
    return credential instanceof PublicKeyCredential ? credential : 'cancelled'
  } catch (error) {
    // Web Authentication, sections 5.1.3 and 5.1.4; whatever else it is, nothing was done.
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'InvalidStateError') return 'passkey_known'
    return name === 'SecurityError' || name === 'NotSupportedError' ? 'no_passkeys_here' : 'cancelled'
  }
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

export function toBase64(content: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(content), (byte) => String.fromCharCode(byte)).join(''))
}
