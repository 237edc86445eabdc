// What the room's own chunk gives to the rest of the page.
import words from '../../../locales/en.room.json'
import { learn } from '../../text'

learn(words)

export { RoomPage } from './room'
export { RoomSession } from './session'
