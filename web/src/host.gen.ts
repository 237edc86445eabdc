// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export type Ask = Readonly<Record<string, never>>

export interface AskTicket {
  readonly room: string
}

export interface BeginEnrolment {
  readonly secret: string
}

export interface CodesMade {
  readonly type: 'codes_made'
  readonly codes: readonly string[]
}

export interface Done {
  readonly type: 'done'
}

export interface FinishEnrolment {
  readonly secret: string
  readonly challenge: string
  readonly label: string
  readonly credential: MadeCredential
}

export interface FinishPasskey {
  readonly challenge: string
  readonly label: string
  readonly credential: MadeCredential
}

export interface FinishSignIn {
  readonly challenge: string
  readonly credential: UsedCredential
}

export type HostRefusal =
  | 'not_signed_in'
  | 'sign_in_refused'
  | 'enrolment_unusable'
  | 'passkey_unusable'
  | 'too_many_passkeys'
  | 'last_passkey'
  | 'no_passkeys_here'
  | 'not_serving'
  | 'too_fast'
  | 'store_away'

export interface HostRoom {
  readonly slug: string
  readonly title: string
}

export interface MadeCredential {
  readonly credential_id: string
  readonly client_data: string
  readonly attestation: string
  readonly transports?: readonly string[]
}

export interface MakePasskey {
  readonly type: 'make_passkey'
  readonly challenge: string
  readonly rp_id: string
  readonly rp_name: string
  readonly user_id: string
  readonly user_name: string
  readonly algorithms: readonly number[]
  readonly known: readonly string[]
}

export interface Me {
  readonly type: 'me'
  readonly account_id: string
  readonly serving: readonly Serving[]
  readonly passkeys: readonly PasskeyLine[]
  readonly codes_left: number
}

export interface PasskeyLine {
  readonly credential_id: string
  readonly label: string
  readonly made_ms: number
}

export interface Recover {
  readonly code: string
}

export interface Refused {
  readonly type: 'refused'
  readonly code: HostRefusal
  readonly retry_ms: number
}

export interface RemovePasskey {
  readonly credential_id: string
}

export interface Serving {
  readonly group: string
  readonly title: string
  readonly may_look: boolean
  readonly role: string
  readonly alias: string
  readonly rooms: readonly HostRoom[]
}

export interface SignOut {
  readonly everywhere?: boolean
}

export interface TicketMade {
  readonly type: 'ticket_made'
  readonly ticket: string
  readonly alias: string
}

export interface UsePasskey {
  readonly type: 'use_passkey'
  readonly challenge: string
  readonly rp_id: string
}

export interface UsedCredential {
  readonly credential_id: string
  readonly client_data: string
  readonly authenticator_data: string
  readonly signature: string
  readonly user_handle?: string
}

export type HostAnswer = Refused | Done | MakePasskey | UsePasskey | CodesMade | Me | TicketMade

export interface HostAsks {
  readonly 'enrol/begin': BeginEnrolment
  readonly 'enrol/finish': FinishEnrolment
  readonly 'sign_in/begin': Ask
  readonly 'sign_in/finish': FinishSignIn
  readonly recover: Recover
  readonly me: Ask
  readonly codes: Ask
  readonly 'passkeys/begin': Ask
  readonly 'passkeys/finish': FinishPasskey
  readonly 'passkeys/remove': RemovePasskey
  readonly ticket: AskTicket
  readonly sign_out: SignOut
}
