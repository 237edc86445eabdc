import { io } from 'socket.io-client'
import type { Answer } from '../wire.gen'
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
  ended: true,
} satisfies Record<Heard['event'], true>) as Heard['event'][]

/** Open a Socket.IO connection to the page's own origin. Coming back is the link's business, not the socket's. */
export const openSocket: OpenWire = (listener) => {
  const socket = io({
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    timeout: CONNECT_TIMEOUT_MS,
    auth: { protocol: PROTOCOL },
  })
  let isOver = false
  const over = () => {
    if (isOver) return
    isOver = true
    socket.removeAllListeners()
    socket.disconnect()
    listener.closed()
  }
  socket.on('connect', () => listener.opened())
  socket.on('connect_error', over)
  socket.on('disconnect', over)
  for (const event of HEARD) socket.on(event, (payload) => listener.heard({ event, payload }))
  return {
    ask: async (event, payload, deadline_ms) => {
      const answer: Answer = await socket.timeout(deadline_ms).emitWithAck(event, payload)
      return answer
    },
    close: () => {
      isOver = true
      socket.removeAllListeners()
      socket.disconnect()
    },
  }
}
