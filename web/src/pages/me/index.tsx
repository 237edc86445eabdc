// The person's own things on this device: the page, and its parts for the sheet in a room.
import '../../styles/me.css'
import './words'

export { MePage } from './me_page'
