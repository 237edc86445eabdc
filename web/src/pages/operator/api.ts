import type { OperatorAnswer, OperatorAsks, OperatorRefusal } from '../../operator.gen'
import { enrolment } from '../../route'

/** Why there is nothing to see or nothing was done. `closed`: neither link nor address lets this browser in. */
export type Problem = OperatorRefusal | 'offline' | 'closed'

type Kind = Exclude<OperatorAnswer['type'], 'refused'>
type Told<K extends Kind> = Extract<OperatorAnswer, { type: K }>

const DEADLINE_MS = 10_000
const NO_TICKET = '-'

/** Ask the server; the answer is of the expected kind, or why not. */
export async function ask<P extends keyof OperatorAsks, K extends Kind>(
  path: P,
  payload: OperatorAsks[P],
  kind: K,
): Promise<Told<K> | Problem> {
  try {
    const reply = await fetch(`/api/operator/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Lamplit-Operator': enrolment.value || NO_TICKET },
      body: JSON.stringify(payload),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    if (reply.status === 404) return 'closed'
    const answer: OperatorAnswer | null = reply.ok ? await reply.json() : null
    if (answer === null) return 'offline'
    if (isKind(answer, kind)) return answer
    return answer.type === 'refused' ? answer.code : 'offline'
  } catch {
    return 'offline'
  }
}

function isKind<K extends Kind>(answer: OperatorAnswer, kind: K): answer is Told<K> {
  return answer.type === kind
}
