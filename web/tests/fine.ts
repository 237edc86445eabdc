import { CLOSED_MEDIA, changeMedia } from '../src/state/media'
import type { Troubles } from '../src/state/notices'

const opened = changeMedia(CLOSED_MEDIA, { type: 'opened' }, 0)

/** A stay in which nothing is wrong, 100 s old. */
export const FINE: Troubles = {
  now_ms: 100_000,
  link: 'up',
  linkSince_ms: 0,
  media: changeMedia(opened, { type: 'connected' }, 100),
  isOnline: true,
  blocked: null,
  restart_ms: 0,
  back_ms: 0,
  mic: null,
  mutedBy: null,
  output: null,
  isLossy: false,
  savesData: false,
  isApart: false,
  wasApart: false,
  slowedUntil_ms: 0,
  told: null,
  undoable: null,
  reset_ms: 0,
}
