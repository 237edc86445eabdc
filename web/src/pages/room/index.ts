// What the room's own chunk gives to the rest of the page.
export { RoomPage } from './room'
export { RoomSession } from './session'
