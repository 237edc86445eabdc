import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** After a failed fetch the next try comes so soon. */
const AGAIN_MS = 3_000

/** A part of the page whose code is fetched apart, once it is wanted; null while it is not here. */
export function useLater<T extends object>(load: () => Promise<T>, isWanted = true): T | null {
  const part = useSignal<T | null>(null)
  useEffect(() => {
    if (!isWanted || part.value !== null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const fetchPart = () => {
      load().then(
        (loaded) => {
          part.value = loaded
        },
        () => {
          if (!isOver) timer = setTimeout(fetchPart, AGAIN_MS)
        },
      )
    }
    fetchPart()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [isWanted])
  return isWanted ? part.value : null
}
