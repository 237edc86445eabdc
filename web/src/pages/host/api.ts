import type { HostAnswer, HostAsks, HostRefusal } from '../../host.gen'
import type { HostTextKey } from './words'

/** Why something was not done: what the server said, what the device said, or that nobody answered. */
export type Problem = HostRefusal | 'offline' | 'cancelled' | 'passkey_known'

type Kind = Exclude<HostAnswer['type'], 'refused'>
type Told<K extends Kind> = Extract<HostAnswer, { type: K }>

/** As in server/account_ports.py. */
export const LABEL_MAX_CHARS = 40

const DEADLINE_MS = 15_000

/** Ask the server; the answer is of the expected kind, or why not. */
export async function ask<P extends keyof HostAsks, K extends Kind>(
  path: P,
  payload: HostAsks[P],
  kind: K,
): Promise<Told<K> | Problem> {
  const answer = await post<HostAnswer>(path, payload)
  if (answer === null) return 'offline'
  if (isKind(answer, kind)) return answer
  return answer.type === 'refused' ? answer.code : 'offline'
}

/** Send what is asked; the answer, or null where nobody gave one. */
export async function post<A>(path: string, payload: unknown): Promise<A | null> {
  try {
    const reply = await fetch(`/api/host/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Lamplit-Host': '1' },
      body: JSON.stringify(payload),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    return reply.ok ? await reply.json() : null
  } catch {
    return null
  }
}

function isKind<K extends Kind>(answer: HostAnswer, kind: K): answer is Told<K> {
  return answer.type === kind
}

/** Which words say a problem. */
export function problemKey(problem: Problem): HostTextKey {
  return `no.${problem}`
}
