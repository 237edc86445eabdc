// What is behind "More" in the bar, fetched when it is first opened.
export { MoreSheets } from './more_sheets'
