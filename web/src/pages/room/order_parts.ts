import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export type OrderParts = typeof import('./order')

/** After a failed fetch the next try comes so soon. */
const AGAIN_MS = 3_000

const parts = signal<OrderParts | null>(null)

/** The parts of the page for those who keep the door, time or order, or null while they are not here. */
export function useOrderParts(isWanted: boolean): OrderParts | null {
  useEffect(() => {
    if (!isWanted || parts.value !== null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const fetchParts = () => {
      import('./order').then(
        (order) => {
          parts.value = order
        },
        () => {
          if (!isOver) timer = setTimeout(fetchParts, AGAIN_MS)
        },
      )
    }
    fetchParts()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isWanted])
  return isWanted ? parts.value : null
}
