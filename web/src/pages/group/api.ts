import type { GroupAnswer, GroupAsks, GroupRefusal, GroupShown } from '../../group.gen'
import { type Problem as HostProblem, post } from '../host/api'

/** Why something was not done: as for an account, or what the server said of the group. */
export type Problem = HostProblem | GroupRefusal

export type GroupPath = keyof GroupAsks
export type Kind = Exclude<GroupAnswer['type'], 'refused' | 'declined'>
export type Told<K extends Kind> = Extract<GroupAnswer, { type: K }>

/** Ask the server; the answer is of the expected kind, or why not. */
export async function askGroup<P extends GroupPath, K extends Kind>(
  path: P,
  payload: GroupAsks[P],
  kind: K,
): Promise<Told<K> | Problem> {
  const answer = await post<GroupAnswer>(path, payload)
  if (answer === null) return 'offline'
  if (isKind(answer, kind)) return answer
  return answer.type === 'refused' || answer.type === 'declined' ? answer.code : 'offline'
}

function isKind<K extends Kind>(answer: GroupAnswer, kind: K): answer is Told<K> {
  return answer.type === kind
}

/** What the parts of the page work with. */
export interface Desk {
  readonly group: GroupShown
  /** The account that is signed in. */
  readonly account_id: string
  /** Ask something of this group. After a change the group is read anew. */
  readonly ask: <P extends GroupPath, K extends Kind>(
    path: P,
    payload: Omit<GroupAsks[P], 'group'>,
    kind: K,
  ) => Promise<Told<K> | Problem>
}

/** What was done is no problem. */
export function problemOf(answer: object | Problem): Problem | null {
  return typeof answer === 'string' ? answer : null
}
