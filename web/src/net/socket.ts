import { io } from 'socket.io-client'
import type { Answer, TurnedAway } from '../wire.gen'
import type { Heard, OpenWire } from './wire'

/** The version of the protocol that this page speaks (docs/PROTOCOL.md). */
const PROTOCOL = 1
/** A WebSocket that is not open by then is tried again. */
const CONNECT_TIMEOUT_MS = 6_000

const HEARD = Object.keys({
  commits: true,
  resync: true,
  media_closed: true,
  ticket_renewed: true,
  moved: true,
  move: true,
  reach: true,
  card_given: true,
  private_asked: true,
  private_answered: true,
  private_line: true,
  ended: true,
} satisfies Record<Heard['event'], true>) as Heard['event'][]

const TURNED_AWAY: readonly TurnedAway[] = ['protocol', 'too_many']

/** Open a Socket.IO connection to the page's own origin, or to another node's. Coming back is the link's business, not the socket's. */
export const openSocket: OpenWire = (listener, url) => {
  const socket = io(url || location.origin, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
    auth: { protocol: PROTOCOL, elsewhere: url === undefined },
  })
  let isOver = false
  const close = () => {
    isOver = true
    socket.removeAllListeners()
    socket.disconnect()
  }
  const over = () => {
    if (isOver) return
    close()
    listener.closed()
  }
  socket.on('connect', () => listener.opened())
  socket.on('connect_error', ({ message }) => {
    const why = TURNED_AWAY.find((known) => known === message)
    if (why === undefined || isOver) {
      over()
    } else {
      close()
      listener.turnedAway(why)
    }
  })
  socket.on('disconnect', over)
  for (const event of HEARD) socket.on(event, (payload) => listener.heard({ event, payload }))
  return {
    ask: async (event, payload, deadline_ms) => {
      const answer: Answer = await socket.timeout(deadline_ms).emitWithAck(event, payload)
      return answer
    },
    close,
  }
}
