// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export interface ActLine {
  readonly number: number
  readonly at_min: number
  readonly action: string
  readonly account_id: string
  readonly target: string
}

export interface ActsShown {
  readonly type: 'acts_shown'
  readonly rows: readonly ActLine[]
  readonly count: number
  readonly broken: number
}

export interface AddRoom {
  readonly group: string
  readonly room: string
  readonly title: string
  readonly about: string
}

export interface AddSeries {
  readonly group: string
  readonly room: string
  readonly days: readonly string[]
  readonly at: string
  readonly minutes: number
  readonly zone: string
  readonly doors?: number
  readonly fellowship?: number
  readonly account_id?: string
}

export interface AskActs {
  readonly group: string
}

export interface AskAudit {
  readonly group: string
  readonly room: string
}

export interface AskBans {
  readonly group: string
}

export interface AskGroup {
  readonly group: string
}

export interface AskInvites {
  readonly group: string
}

export interface AskRoomSettings {
  readonly group: string
  readonly room: string
}

export interface AuditLine {
  readonly number: number
  readonly at_min: number
  readonly action: string
  readonly actor: number
  readonly target: number
}

export interface AuditShown {
  readonly type: 'audit_shown'
  readonly rows: readonly AuditLine[]
  readonly count: number
  readonly broken: number
}

export interface BanLine {
  readonly ban_id: string
  readonly reason: string
  readonly by_device: boolean
  readonly placed_ms: number
  readonly until_ms: number
}

export interface BansShown {
  readonly type: 'bans_shown'
  readonly bans: readonly BanLine[]
}

export interface ChangeGroup {
  readonly group: string
  readonly title: string
  readonly about: string
  readonly appeal: string
}

export interface ChangeHost {
  readonly group: string
  readonly account_id: string
  readonly role: Role
  readonly alias: string
}

export interface ChangeRoom {
  readonly group: string
  readonly room: string
  readonly title: string
  readonly about: string
}

export type ChatMode = 'everyone' | 'hosts' | 'off'

export interface CloseGroupRoom {
  readonly group: string
  readonly room: string
}

export interface Cue {
  readonly title: string
  readonly text: string
  readonly floor: FloorMode | null
  readonly chat: ChatMode | null
  readonly mutes: boolean
  readonly limit_ms: number
  readonly member_id: number
}

export interface Declined {
  readonly type: 'declined'
  readonly code: GroupRefusal
}

export interface Done {
  readonly type: 'done'
}

export type DoorMode = 'open' | 'strangers' | 'everybody'

export interface EndSeries {
  readonly group: string
  readonly series_id: string
}

export type FloorMode = 'open' | 'hands' | 'round' | 'listen'

export interface GiveShift {
  readonly group: string
  readonly series_id: string
  readonly account_id: string
}

export type GroupRefusal =
  | 'not_allowed'
  | 'higher_rank'
  | 'last_lead'
  | 'gone'
  | 'full'
  | 'configured'
  | 'slug_taken'
  | 'bad_slug'
  | 'bad_title'
  | 'bad_about'
  | 'bad_appeal'
  | 'bad_alias'
  | 'alias_taken'
  | 'bad_days'
  | 'bad_time'
  | 'bad_minutes'
  | 'bad_zone'
  | 'bad_doors'
  | 'bad_fellowship'
  | 'bad_date'
  | 'bad_sheet'
  | 'share_too_short'

export interface GroupShown {
  readonly type: 'group_shown'
  readonly group: string
  readonly title: string
  readonly about: string
  readonly appeal: string
  readonly role: Role
  readonly may_change: boolean
  readonly gives: readonly Role[]
  readonly rooms: readonly RoomLine[]
  readonly roster: readonly RosterLine[]
  readonly series: readonly SeriesLine[]
  readonly sheets: readonly SheetLine[]
  readonly reports_open: number
}

export interface HeldOn {
  readonly date: string
  readonly starts_ms: number
}

export interface HostInvited {
  readonly type: 'host_invited'
  readonly account_id: string
  readonly secret: string
  readonly until_ms: number
}

export type HostRefusal =
  | 'not_signed_in'
  | 'sign_in_refused'
  | 'enrolment_unusable'
  | 'passkey_unusable'
  | 'too_many_passkeys'
  | 'last_passkey'
  | 'no_passkeys_here'
  | 'not_serving'
  | 'too_fast'
  | 'store_away'

export interface InviteHost {
  readonly group: string
  readonly role: Role
  readonly alias: string
  readonly in_succession?: boolean
}

export interface InviteLine {
  readonly invite_id: string
  readonly parent_id: string
  readonly role: Role
  readonly uses: number
  readonly uses_max: number
  readonly until_ms: number
  readonly is_revoked: boolean
  readonly is_paused: boolean
}

export interface InviteMade {
  readonly type: 'invite_made'
  readonly invite_id: string
  readonly secret: string
  readonly until_ms: number
}

export interface InvitesShown {
  readonly type: 'invites_shown'
  readonly invites: readonly InviteLine[]
}

export interface KeepSheet {
  readonly group: string
  readonly sheet_id: string
  readonly title: string
  readonly cues: readonly Cue[]
}

export interface LiftBan {
  readonly group: string
  readonly ban_id: string
}

export interface MakeInvite {
  readonly group: string
  readonly role: Role
  readonly uses: number
  readonly hours: number
}

export interface MoveHost {
  readonly group: string
  readonly account_id: string
  readonly place: number
}

export interface Refused {
  readonly type: 'refused'
  readonly code: HostRefusal
  readonly retry_ms: number
}

export interface RemoveHost {
  readonly group: string
  readonly account_id: string
}

export interface RevokeInvite {
  readonly group: string
  readonly invite_id: string
}

export type Role =
  | 'member'
  | 'speaker'
  | 'reader'
  | 'greeter'
  | 'timekeeper'
  | 'captioner'
  | 'safety'
  | 'cohost'
  | 'host'
  | 'secretary'

export interface RoomLine {
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly may_change: boolean
}

export interface RosterLine {
  readonly account_id: string
  readonly role: Role
  readonly alias: string
  readonly place: number
  readonly has_keys: boolean
  readonly may_change: boolean
}

export interface Rules {
  readonly door: DoorMode
  readonly probation_ms: number
  readonly reserve_ms: number
  readonly closes_share: boolean
  readonly holds_contacts: boolean
  readonly has_private: boolean
  readonly locks_alone: boolean
  readonly has_reactions: boolean
}

export type SeriesKind = 'meeting' | 'shift'

export interface SeriesLine {
  readonly series_id: string
  readonly room: string
  readonly kind: SeriesKind
  readonly days: readonly string[]
  readonly at: string
  readonly minutes: number
  readonly zone: string
  readonly doors: number
  readonly fellowship: number
  readonly account_id: string
  readonly coming: readonly HeldOn[]
  readonly skipped: readonly HeldOn[]
}

export interface SetRoom {
  readonly group: string
  readonly room: string
  readonly floor?: FloorMode | null
  readonly limit_ms?: number | null
  readonly chat?: ChatMode | null
  readonly slow_ms?: number | null
  readonly rules?: Rules | null
}

export interface SettingsShown {
  readonly type: 'settings_shown'
  readonly room: string
  readonly is_open: boolean
  readonly floor: FloorMode
  readonly limit_ms: number
  readonly chat: ChatMode
  readonly slow_ms: number
  readonly rules: Rules
}

export interface SheetLine {
  readonly sheet_id: string
  readonly title: string
}

export interface SkipDate {
  readonly group: string
  readonly series_id: string
  readonly date: string
  readonly on?: boolean
}

export type GroupAnswer =
  | Refused
  | Declined
  | Done
  | GroupShown
  | SettingsShown
  | HostInvited
  | BansShown
  | InvitesShown
  | InviteMade
  | AuditShown
  | ActsShown

export interface GroupAsks {
  readonly group: AskGroup
  readonly 'group/change': ChangeGroup
  readonly 'group/acts': AskActs
  readonly 'group/audit': AskAudit
  readonly 'group/rooms/add': AddRoom
  readonly 'group/rooms/change': ChangeRoom
  readonly 'group/rooms/close': CloseGroupRoom
  readonly 'group/rooms/settings': AskRoomSettings
  readonly 'group/rooms/set': SetRoom
  readonly 'group/sheets/keep': KeepSheet
  readonly 'group/roster/invite': InviteHost
  readonly 'group/roster/change': ChangeHost
  readonly 'group/roster/move': MoveHost
  readonly 'group/roster/remove': RemoveHost
  readonly 'group/series/add': AddSeries
  readonly 'group/series/skip': SkipDate
  readonly 'group/series/end': EndSeries
  readonly 'group/series/give': GiveShift
  readonly 'group/bans': AskBans
  readonly 'group/bans/lift': LiftBan
  readonly 'group/invites': AskInvites
  readonly 'group/invites/make': MakeInvite
  readonly 'group/invites/revoke': RevokeInvite
}
