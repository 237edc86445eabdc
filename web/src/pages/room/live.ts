// Live text and reactions: fetched once the room is shown.
import '../../styles/live.css'
import words from '../../../locales/en.live.json'
import { learn } from '../../text'

learn(words)

export { CaptionDesk } from './caption_desk'
export { LiveText } from './live_text'
export { Reactions } from './reactions'
