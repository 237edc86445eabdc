// What whoever runs the floor needs for a meeting's time and its run-sheet: fetched only for them.
import '../../styles/sheet.css'
import words from '../../../locales/en.sheet.json'
import { learn } from '../../text'

learn(words)

export { NextAct } from './next_act'
export { PhaseRow } from './phase_row'
export { SheetPanel } from './sheet_panel'
export { SheetTools } from './sheet_tools'
