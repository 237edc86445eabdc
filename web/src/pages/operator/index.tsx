// What the chunk of operators gives to the rest of the page.
import '../../styles/operator.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Alert, DrainPreview, OperatorNode, OperatorRoom, OperatorView } from '../../operator.gen'
import { PageTitle } from '../../ui/page_title'
import { Question } from '../../ui/question'
import { ask, type Problem } from './api'
import { number, type OperatorTextKey, percent, to } from './words'

const EACH_MS = 2_000

/** How the place is: nodes, rooms and members as numbers, and a way to empty a node. */
export function Page() {
  const view = useSignal<OperatorView | null>(null)
  const problem = useSignal<Problem | null>(null)
  const look = async () => {
    const found = await ask('look', {}, 'operator_view')
    if (typeof found === 'string') problem.value = found
    else {
      problem.value = null
      view.value = found
    }
  }
  useEffect(() => {
    let timer = 0
    const turn = async () => {
      if (!document.hidden) await look()
      if (timer >= 0 && problem.value !== 'closed') timer = window.setTimeout(() => void turn(), EACH_MS)
    }
    void turn()
    return () => {
      window.clearTimeout(timer)
      timer = -1
    }
  }, [])
  const seen = view.value
  return (
    <main id="main" class="lobby operator" tabIndex={-1}>
      <PageTitle>{to('title')}</PageTitle>
      <div role="alert">
        {problem.value !== null && <p class="note warm">{to(whyNot(problem.value, seen !== null))}</p>}
      </div>
      {seen === null && problem.value === null && <p class="soft">{to('loading')}</p>}
      {seen !== null && problem.value !== 'closed' && (
        <>
          {(problem.value === null || seen.alerts.length > 0) && <Alerts alerts={seen.alerts} />}
          <Summary view={seen} />
          <Nodes view={seen} onAsked={() => void look()} />
          <Rooms rooms={seen.rooms} />
        </>
      )}
    </main>
  )
}

/** What an operator reads who sees numbers of before, or none. */
function whyNot(problem: Problem, isShown: boolean): OperatorTextKey {
  return problem === 'offline' && isShown ? 'old' : `no.${problem}`
}

function Summary({ view }: { readonly view: OperatorView }) {
  const sum = (of: (node: OperatorNode) => number) => view.nodes.reduce((all, node) => all + of(node), 0)
  const worst = (of: (node: OperatorNode) => number) => Math.max(0, ...view.nodes.map(of))
  const facts = [
    [to('sum.members'), number(sum((node) => node.members))],
    [to('sum.rooms'), number(view.rooms.length)],
    [to('sum.open'), number(view.rooms_open)],
    [to('sum.out'), number(sum((node) => node.load.packets_out_per_s))],
    [to('sum.loss'), percent(worst((node) => node.load.loss))],
    [to('sum.lag'), to('ms', { ms: number(worst((node) => node.load.lag_ms)) })],
  ] as const
  return (
    <dl class="card sums">
      {facts.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  return (
    <section class="card" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{to('alerts.title')}</h2>
      {alerts.length === 0 && <p>{to('alerts.none')}</p>}
      <ul class="alerts">
        {alerts.map((alert) => (
          <li key={`${alert.kind} ${alert.node}`}>
            <strong>{to(`alert.${alert.kind}`, { node: alert.node, number: number(alert.number) })}</strong>{' '}
            {to(`do.${alert.kind}`)}
          </li>
        ))}
      </ul>
    </section>
  )
}

interface NodesProps {
  readonly view: OperatorView
  readonly onAsked: () => void
}

function Nodes({ view, onAsked }: NodesProps) {
  const preview = useSignal<DrainPreview | null>(null)
  const told = useSignal('')
  const problem = useSignal<Problem | null>(null)
  const show = async (node: string) => {
    problem.value = null
    const found = await ask('preview', { node }, 'drain_preview')
    if (typeof found === 'string') problem.value = found
    else preview.value = found
  }
  return (
    <section class="card" aria-labelledby="nodes-title">
      <h2 id="nodes-title">{to('nodes.title')}</h2>
      <div role="alert">{problem.value !== null && <p class="note warm">{to(`no.${problem.value}`)}</p>}</div>
      <p role="status">{told.value}</p>
      <ul class="nodes">
        {view.nodes.map((node) => (
          <NodeRow key={node.name} node={node} view={view} onDrain={() => void show(node.name)} />
        ))}
      </ul>
      {view.is_cluster && !view.may_drain && <p class="soft help">{to('no.needs_link')}</p>}
      {preview.value !== null && (
        <DrainQuestion
          preview={preview.value}
          onClose={(isDone) => {
            const node = preview.value?.node ?? ''
            preview.value = null
            if (!isDone) return
            told.value = to('drain.asked', { node })
            // Its button goes away with the next look.
            setTimeout(() => document.getElementById(`node-${node}`)?.focus())
            onAsked()
          }}
        />
      )}
    </section>
  )
}

interface NodeRowProps {
  readonly node: OperatorNode
  readonly view: OperatorView
  readonly onDrain: () => void
}

function NodeRow({ node, view, onDrain }: NodeRowProps) {
  const { load } = node
  const id = `node-${node.name}`
  const drains = node.phase === 'draining'
  return (
    <li>
      <h3 id={id} tabIndex={-1}>
        {node.is_this && !view.is_cluster ? to('nodes.alone') : node.name}
        <span class="soft">
          {' '}
          {to(!drains ? 'phase.serving' : node.members > 0 ? 'phase.draining' : 'phase.empty')}
        </span>
      </h3>
      <p>
        {to(node.members === 1 ? 'nodes.members.one' : 'nodes.members.other', {
          count: number(node.members),
        })}
        {node.members >= node.capacity / 100 &&
          node.capacity > 0 &&
          ` ${to('nodes.of', { part: percent(node.members / node.capacity) })}`}
        , {to(node.rooms === 1 ? 'nodes.rooms.one' : 'nodes.rooms.other', { count: number(node.rooms) })}
      </p>
      <p class="soft">
        {to('nodes.packets', { in: number(load.packets_in_per_s), out: number(load.packets_out_per_s) })}

        {node.members > 0 &&
          `, ${to('nodes.travel', { loss: percent(load.loss), way: number(load.round_trip_ms) })}`}
        {`, ${to('nodes.late', { lag: number(load.lag_ms) })}`}
      </p>
      {view.may_drain && !drains && (
        <button
          type="button"
          id={`${id}-drain`}
          aria-labelledby={`${id}-drain ${id}`}
          aria-haspopup="dialog"
          onClick={onDrain}
        >
          {to('drain.button')}
        </button>
      )}
    </li>
  )
}

interface DrainQuestionProps {
  readonly preview: DrainPreview
  readonly onClose: (isDone: boolean) => void
}

/** Who would be told what, in counts, before anything is done. */
function DrainQuestion({ preview, onClose }: DrainQuestionProps) {
  const { node } = preview
  const isPossible = preview.takers > 0
  const effects = isPossible ? effectsOfMove(preview) : effectsOfClosing(preview)
  const drain = async () => {
    const done = await ask('drain', { node }, 'drain_asked')
    return typeof done === 'string' ? to(`no.${done}`) : null
  }
  return (
    <Question
      title={to('drain.title', { node })}
      yes={to(isPossible ? 'drain.yes' : 'drain.yes_anyway')}
      no={to('drain.no')}
      onYes={drain}
      onClose={onClose}
    >
      <ul class="effects">
        {effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
    </Question>
  )
}

/** What happens where the members have somewhere to go. */
function effectsOfMove({ members, sharing, takers, free, within_ms, pause_ms }: DrainPreview): string[] {
  const s = number(within_ms / 1_000)
  const found = [to('drain.closed')]
  if (members === 0) found.push(to('drain.nobody'))
  else {
    if (free > 0 && free < members) found.unshift(to('drain.too_many', { free: number(free) }))
    found.push(
      to(members === 1 ? 'drain.moved.one' : 'drain.moved.other', { members: number(members), s }),
      to(takers === 1 ? 'drain.takers.one' : 'drain.takers.other', { nodes: number(takers) }),
    )
    if (sharing > 0)
      found.push(
        to(sharing === 1 ? 'drain.sharing.one' : 'drain.sharing.other', {
          rooms: number(sharing),
          s: number(pause_ms / 1_000),
        }),
      )
  }
  return [...found, to('drain.after')]
}

/** What happens where they have not: nothing good. */
function effectsOfClosing({ members }: DrainPreview): string[] {
  const cut = to(members === 1 ? 'drain.cut.one' : 'drain.cut.other', { members: number(members) })
  return [to('drain.nowhere'), ...(members > 0 ? [cut] : [])]
}

function Rooms({ rooms }: { readonly rooms: readonly OperatorRoom[] }) {
  return (
    <section class="card" aria-labelledby="rooms-title">
      <h2 id="rooms-title">{to('rooms.title')}</h2>
      {rooms.length === 0 && <p>{to('rooms.none')}</p>}
      {rooms.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{to('rooms.room')}</th>
              <th scope="col">{to('rooms.members')}</th>
              <th scope="col">{to('rooms.nodes')}</th>
            </tr>
          </thead>
          <tbody>
            {rooms.map((room) => (
              <tr key={room.slug}>
                <th scope="row">{room.title}</th>
                <td>{number(room.members)}</td>
                <td>{number(room.nodes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
