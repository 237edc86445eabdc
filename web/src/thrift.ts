import { settings } from './settings'

/** Whether the person, or the browser for them, asks the page to fetch and send as little as it can. */
export function savesData(): boolean {
  const connection: unknown = 'connection' in navigator ? navigator.connection : null
  const isAsked =
    typeof connection === 'object' &&
    connection !== null &&
    'saveData' in connection &&
    connection.saveData === true
  return settings.value.saves_data || isAsked
}
