// The person's own things on this device: the page, and its parts for the sheet in a room.
import '../../styles/me.css'
import '../../look'
import './words'

export { DeviceChoice } from './device_choice'
export { MePage as Page } from './me_page'
export { KeySettings, LookSettings, SoundSettings, ToldSettings } from './settings_parts'
export { SoundCheck } from './sound_check'
