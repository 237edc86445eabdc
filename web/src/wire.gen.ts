// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export const ABOUT_MAX_CHARS = 280
export const ACTION_BURST = 20
export const ACTION_PER_S = 2.0
export const ADD_TIME_MS = 60_000
export const ASK_BURST = 5
export const ASK_PER_S = 0.008333333333333333
export const BANS_MAX = 2_000
export const BAN_HOURS_MAX = 2_160
export const BLOCKS_MAX = 1_000
export const BLOCKS_MAX_OF_ONE = 50
export const BURST_BEFORE_FREEZE_MS = 60_000
export const BURST_MAX = 500
export const BURST_MIN = 5
export const BURST_WINDOW_MS = 20_000
export const CAPTION_BURST = 8
export const CAPTION_LINES = 8
export const CAPTION_MAX_CHARS = 200
export const CAPTION_PER_S = 3.0
export const CAPTION_WINDOW_MS = 300_000
export const CHAT_BURST = 10
export const CHAT_MAX_CHARS = 2_000
export const CHAT_PER_S = 1.0
export const CHAT_WINDOW_LINES = 200
export const CHAT_WINDOW_MS = 7_200_000
export const COMMAND_NUMBER_MAX = 9_007_199_254_740_991
export const CUES_MAX = 60
export const DOOR_LINES_MAX = 20
export const DOOR_TEXT_MAX_CHARS = 280
export const GRACE_MS = 120_000
export const GUESTS_MAX = 200
export const HANDS_MAX = 500
export const HELD_MAX = 50
export const HELD_MAX_OF_ONE = 3
export const HELD_RETRY_MS = 30_000
export const INVITE_USES_MAX = 50
export const LEAD_ASK_MS = 20_000
export const LEAD_LOST_MS = 45_000
export const LEAD_SAFE_MS = 60_000
export const LEDGER_GONE_KEPT = 250
export const LEDGER_GONE_MAX = 500
export const LEDGER_MAX_ANSWERED = 7_000
export const LEDGER_MAX_GONE = 2_000
export const LOG_MAX_COMMITS = 1_000
export const MEDIA_BURST = 16
export const MEDIA_PER_S = 1.0
export const MEMBER_ID_MAX = 2_147_483_647
export const MINUTE_MS = 60_000
export const NAME_MAX_CHARS = 40
export const NAME_MAX_MARKS = 2
export const PHASE_MAX_MS = 86_400_000
export const PROBATION_MAX_MS = 3_600_000
export const PROPOSAL_MS = 600_000
export const REACTIONS_MAX = 9_999
export const REACTIONS_QUIET_MS = 120_000
export const REACTION_BURST = 1
export const REACTION_PER_S = 0.2
export const READING_MAX_CHARS = 6_000
export const REPORTS_MAX = 20
export const REPORT_BURST = 5
export const REPORT_CHAT_MS = 300_000
export const REPORT_MAX_CHARS = 1_000
export const REPORT_PER_S = 0.008333333333333333
export const RESERVE_MAX_MS = 1_800_000
export const RESERVE_MS = 300_000
export const ROOM_MAX_MEMBERS = 5_000
export const SHARED_MAX = 5_000
export const SHARE_LIMIT_MAX_MS = 3_600_000
export const SHARE_LIMIT_MIN_MS = 30_000
export const SHARE_LIMIT_MS = 180_000
export const SHARE_OVER_MS = 15_000
export const SHARE_TEXT_MAX_CHARS = 8_000
export const SHEETS_MAX = 20
export const SHEET_MAX_BYTES = 24_576
export const SLOW_MAX_MS = 300_000
export const SLUG_MAX_CHARS = 64
export const TICKET_MAX_CHARS = 1_024
export const TITLE_MAX_CHARS = 80
export const TRY_TOLD_MS = 60_000
export const UNWANTED_MAX = 3
export const WAS_MAX = 5

export const SLUG_PATTERN = '^[a-z0-9]+(?:-[a-z0-9]+)*$'

export interface Accepted {
  readonly type: 'accepted'
  readonly revision: Revision
}

export interface AddTime {
  readonly n: number
  readonly more_ms: number
}

export interface AdmitAll {
  readonly n: number
}

export interface AdmitGuest {
  readonly n: number
  readonly member_id: number
}

export interface AllMuted {
  readonly type: 'all_muted'
  readonly members: readonly number[]
}

export interface AnswerMedia {
  readonly peer_id: string
  readonly fingerprints: readonly Fingerprint[]
  readonly setup: string
}

export interface AnswerPrivate {
  readonly member_id: number
  readonly yes: boolean
}

export interface AskPrivate {
  readonly member_id: number
}

export interface AssignCue {
  readonly n: number
  readonly at: number
  readonly member_id: number
}

export interface Ban {
  readonly ban_id: string
  readonly reason: BanReason
  readonly placed_ms: number
  readonly until_ms: number
  readonly tried_ms: number
  readonly device: string
  readonly branch: string
}

export interface BanLifted {
  readonly type: 'ban_lifted'
  readonly ban_id: string
}

export interface BanMatched {
  readonly type: 'ban_matched'
  readonly ban_id: string
}

export interface BanMember {
  readonly n: number
  readonly member_id: number
  readonly reason: BanReason
  readonly hours: number
}

export interface BanPlaced {
  readonly type: 'ban_placed'
  readonly ban: Ban
  readonly member_id: number
  readonly by: number
}

export type BanReason = 'harassment' | 'hate' | 'sexual' | 'flood' | 'impersonation' | 'other'

export interface Block {
  readonly by: number
  readonly member_id: number
  readonly since_seq: number
  readonly until_seq: number
}

export interface BlockMember {
  readonly n: number
  readonly member_id: number
}

export interface BurstSeen {
  readonly type: 'burst_seen'
  readonly members: readonly number[]
}

export interface CallNext {
  readonly n: number
}

export interface CaptionErased {
  readonly type: 'caption_erased'
  readonly member_id: number
  readonly line: number
  readonly by: number
}

export interface CaptionLine {
  readonly member_id: number
  readonly line: number
  readonly name: string
  readonly text: string
  readonly is_over: boolean
  readonly seq: number
  readonly at_ms: number
  readonly is_erased: boolean
}

export interface CaptionWritten {
  readonly type: 'caption_written'
  readonly member_id: number
  readonly line: number
  readonly text: string
  readonly is_over: boolean
}

export interface CaptionsExpired {
  readonly type: 'captions_expired'
  readonly through_seq: number
}

export interface CardGiven {
  readonly card: string
}

export interface CatchUp {
  readonly epoch: number
  readonly seq: number
}

export interface ChatExpired {
  readonly type: 'chat_expired'
  readonly through_seq: number
}

export interface ChatLine {
  readonly seq: number
  readonly member_id: number
  readonly name: string
  readonly text: string
  readonly sent_ms: number
  readonly n: number
  readonly retracted: boolean
}

export type ChatMode = 'everyone' | 'hosts' | 'off'

export interface ChatPosted {
  readonly type: 'chat_posted'
  readonly member_id: number
  readonly n: number
  readonly name: string
  readonly text: string
  readonly held_seq: number
}

export interface ChatRetracted {
  readonly type: 'chat_retracted'
  readonly line_seq: number
}

export interface ChatSet {
  readonly type: 'chat_set'
  readonly mode: ChatMode
  readonly slow_ms: number
}

export interface CloseRoom {
  readonly n: number
}

export interface Commit {
  readonly seq: number
  readonly at_ms: number
  readonly by: number
  readonly n: number
  readonly fact: Fact
}

export interface Commits {
  readonly type: 'commits'
  readonly epoch: number
  readonly commits: readonly Commit[]
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

export interface CueReached {
  readonly type: 'cue_reached'
  readonly at: number
}

export interface DeclineLead {
  readonly n: number
}

export interface DoorLine {
  readonly by: number
  readonly text: string
  readonly sent_ms: number
}

export type DoorMode = 'open' | 'strangers' | 'everybody'

export interface DropLine {
  readonly n: number
  readonly seq: number
}

export interface DutySet {
  readonly type: 'duty_set'
  readonly members: readonly number[]
}

export interface Elsewhere {
  readonly type: 'elsewhere'
  readonly url: string
}

export type EndReason =
  | 'removed'
  | 'replaced'
  | 'left'
  | 'lost'
  | 'restarting'
  | 'fault'
  | 'banned'
  | 'turned_away'
  | 'closed'

export interface EndShare {
  readonly n: number
  readonly passed: boolean
}

export interface Ended {
  readonly reason: EndReason
  readonly retry_ms: number
  readonly why: string
  readonly until_ms: number
}

export interface EraseCaption {
  readonly n: number
  readonly member_id: number
  readonly line: number
}

export interface EraseLine {
  readonly n: number
  readonly seq: number
}

export interface Fingerprint {
  readonly algorithm: string
  readonly value: string
}

export interface Floor {
  readonly mode: FloorMode
  readonly limit_ms: number
  readonly share: Share | null
  readonly hands: readonly Hand[]
  readonly shared: readonly number[]
}

export type FloorMode = 'open' | 'hands' | 'round' | 'listen'

export interface FloorSet {
  readonly type: 'floor_set'
  readonly mode: FloorMode
  readonly limit_ms: number
}

export interface GiveFloor {
  readonly n: number
  readonly member_id: number
}

export interface GiveRole {
  readonly n: number
  readonly member_id: number
  readonly role: Role
}

export interface Guest {
  readonly member_id: number
  readonly name: string
  readonly since_ms: number
  readonly is_new: boolean
  readonly is_held: boolean
  readonly lines: readonly DoorLine[]
}

export interface GuestArrived {
  readonly type: 'guest_arrived'
  readonly guest: Guest
}

export interface GuestHeld {
  readonly type: 'guest_held'
  readonly member_id: number
}

export interface GuestLeft {
  readonly type: 'guest_left'
  readonly member_id: number
  readonly by: number
}

export interface GuestTold {
  readonly type: 'guest_told'
  readonly member_id: number
  readonly by: number
  readonly text: string
}

export interface Hand {
  readonly member_id: number
  readonly lane: Lane
  readonly raised_ms: number
}

export interface HandLowered {
  readonly type: 'hand_lowered'
  readonly member_id: number
}

export interface HandMoved {
  readonly type: 'hand_moved'
  readonly member_id: number
  readonly place: number
}

export interface HandRaised {
  readonly type: 'hand_raised'
  readonly hand: Hand
  readonly place: number
}

export interface HandsLowered {
  readonly type: 'hands_lowered'
}

export interface HeldDropped {
  readonly type: 'held_dropped'
  readonly line_seq: number
  readonly member_id: number
}

export interface HoldGuest {
  readonly n: number
  readonly member_id: number
}

export interface InviteShown {
  readonly invite_id: string
  readonly parent_id: string
  readonly role: Role
  readonly uses: number
  readonly uses_max: number
  readonly until_ms: number
  readonly is_revoked: boolean
  readonly is_paused: boolean
}

export interface Invited {
  readonly type: 'invited'
  readonly invite_id: string
  readonly secret: string
  readonly until_ms: number
}

export interface Invites {
  readonly type: 'invites'
  readonly invites: readonly InviteShown[]
}

export interface Join {
  readonly room: string
  readonly name: string
  readonly invite?: string
  readonly attempt?: string
  readonly device?: string
  readonly card?: string
}

export interface Joined {
  readonly type: 'joined'
  readonly member_id: number
  readonly ticket: string
  readonly sync: Snapshot
  readonly offer: Offer
  readonly now_ms: number
}

export type Lane = 'share' | 'minute' | 'burning'

export type Leave = Readonly<Record<string, never>>

export type LeaveReason = 'left' | 'lost'

export interface LiftBan {
  readonly n: number
  readonly ban_id: string
}

export interface LiftMute {
  readonly n: number
  readonly member_id: number
}

export interface LiftRemoval {
  readonly n: number
  readonly member_id: number
}

export interface LineErased {
  readonly type: 'line_erased'
  readonly line_seq: number
  readonly by: number
}

export interface LineHeld {
  readonly type: 'line_held'
  readonly member_id: number
  readonly n: number
  readonly name: string
  readonly text: string
}

export type ListInvites = Readonly<Record<string, never>>

export type ListSheets = Readonly<Record<string, never>>

export interface LowerAllHands {
  readonly n: number
}

export interface LowerHand {
  readonly n: number
  readonly member_id: number
}

export interface MakeInvite {
  readonly uses: number
  readonly hours: number
  readonly role: Role
}

export interface MarkReading {
  readonly n: number
  readonly line: number
}

export interface MediaClosed {
  readonly peer_id: string
}

export interface Member {
  readonly member_id: number
  readonly name: string
  readonly role: Role
  readonly mutes: Mutes
  readonly joined_ms: number
  readonly stranded_ms: number
  readonly wrote_ms: number
  readonly is_new: boolean
  readonly probation_ms: number
  readonly was: readonly string[]
}

export interface MemberBlocked {
  readonly type: 'member_blocked'
  readonly by: number
  readonly member_id: number
}

export interface MemberJoined {
  readonly type: 'member_joined'
  readonly member: Member
}

export interface MemberLeft {
  readonly type: 'member_left'
  readonly member_id: number
  readonly reason: LeaveReason
}

export interface MemberMuted {
  readonly type: 'member_muted'
  readonly member_id: number
  readonly by: number
}

export interface MemberRemoved {
  readonly type: 'member_removed'
  readonly member_id: number
  readonly by: number
}

export interface MemberRenamed {
  readonly type: 'member_renamed'
  readonly member_id: number
  readonly name: string
  readonly was: string
}

export interface MemberReturned {
  readonly type: 'member_returned'
  readonly member_id: number
}

export interface MemberSteppedOut {
  readonly type: 'member_stepped_out'
  readonly guest: Guest
  readonly by: number
}

export interface MemberStranded {
  readonly type: 'member_stranded'
  readonly member_id: number
}

export interface MemberUnblocked {
  readonly type: 'member_unblocked'
  readonly by: number
  readonly member_id: number
}

export interface MicrophoneSet {
  readonly type: 'microphone_set'
  readonly member_id: number
  readonly on: boolean
}

export interface Move {
  readonly url: string
  readonly within_ms: number
}

export interface MoveHand {
  readonly n: number
  readonly member_id: number
  readonly place: number
}

export interface Moved {
  readonly sync: Snapshot
  readonly offer: Offer | null
}

export interface MuteAll {
  readonly n: number
}

export interface MuteLifted {
  readonly type: 'mute_lifted'
  readonly member_id: number
  readonly by: number
}

export interface MuteMember {
  readonly n: number
  readonly member_id: number
}

export interface Mutes {
  readonly by_self: boolean
  readonly by_host: boolean
}

export interface Offer {
  readonly peer_id: string
  readonly sdp: string
}

export interface Offered {
  readonly type: 'offered'
  readonly offer: Offer
}

export type OpenMedia = Readonly<Record<string, never>>

export interface Order {
  readonly is_locked: boolean
  readonly is_frozen: boolean
  readonly chat: ChatMode
  readonly slow_ms: number
}

export interface Pass {
  readonly device: string
  readonly branch: string
  readonly is_known: boolean
  readonly may_be: Role
  readonly place: number
  readonly account: string
}

export interface PassNoted {
  readonly type: 'pass_noted'
  readonly member_id: number
  readonly pass: Pass
}

export type Phase = 'doors' | 'on' | 'fellowship'

export interface PhaseSet {
  readonly type: 'phase_set'
  readonly phase: Phase
  readonly ends_ms: number
}

export interface PostChat {
  readonly n: number
  readonly text: string
}

export interface PrivateAnswered {
  readonly member_id: number
  readonly yes: boolean
}

export interface PrivateAsked {
  readonly member_id: number
}

export interface PrivateLine {
  readonly member_id: number
  readonly text: string
  readonly sent_ms: number
}

export interface Proposal {
  readonly member_id: number
  readonly role: Role
  readonly by: number
  readonly at_ms: number
}

export interface RaiseHand {
  readonly n: number
  readonly lane: Lane
}

export interface Reach {
  readonly is_whole: boolean
}

export interface React {
  readonly n: number
  readonly kind: Reaction
}

export interface Reacted {
  readonly type: 'reacted'
  readonly kind: Reaction
}

export type Reaction = 'thanks' | 'with_you' | 'welcome' | 'applause'

export interface Reactions {
  readonly thanks: number
  readonly with_you: number
  readonly welcome: number
  readonly applause: number
  readonly at_ms: number
}

export interface Reading {
  readonly title: string
  readonly text: string
  readonly line: number
}

export interface ReadingMarked {
  readonly type: 'reading_marked'
  readonly line: number
}

export interface ReadingShown {
  readonly type: 'reading_shown'
  readonly title: string
  readonly text: string
}

export interface Refusal {
  readonly type: 'refused'
  readonly code: RefusalCode
  readonly retry_ms: number
  readonly suggestion: string
}

export type RefusalCode =
  | 'no_room'
  | 'already_open'
  | 'room_full'
  | 'name_unusable'
  | 'name_taken'
  | 'name_reserved'
  | 'not_a_member'
  | 'no_such_member'
  | 'not_allowed'
  | 'muted_by_host'
  | 'was_removed'
  | 'ticket_unusable'
  | 'higher_rank'
  | 'locked'
  | 'frozen'
  | 'no_floor'
  | 'hand_is_up'
  | 'no_hand'
  | 'has_floor'
  | 'nobody_waits'
  | 'no_share'
  | 'out_of_bounds'
  | 'chat_closed'
  | 'no_such_line'
  | 'empty_text'
  | 'text_too_long'
  | 'too_soon'
  | 'too_fast'
  | 'busy'
  | 'bad_message'
  | 'out_of_turn'
  | 'no_peer'
  | 'stale_offer'
  | 'banned'
  | 'stepped_out'
  | 'no_such_guest'
  | 'no_such_ban'
  | 'on_probation'
  | 'cannot_block'
  | 'not_asked'
  | 'no_sheet'
  | 'no_such_cue'
  | 'no_such_report'
  | 'private_off'
  | 'not_reachable'
  | 'not_agreed'
  | 'reactions_off'
  | 'bad_fingerprint'
  | 'bad_setup'

export interface ReleaseLine {
  readonly n: number
  readonly seq: number
}

export interface RemovalLifted {
  readonly type: 'removal_lifted'
  readonly member_id: number
}

export interface RemoveBurst {
  readonly n: number
  readonly reason: BanReason
  readonly hours: number
}

export interface RemoveMember {
  readonly n: number
  readonly member_id: number
}

export interface RemoveSheet {
  readonly sheet_id: string
}

export interface Rename {
  readonly n: number
  readonly name: string
}

export interface Report {
  readonly report_id: string
  readonly member_id: number
  readonly reason: ReportReason
  readonly words: string
  readonly at_ms: number
}

export interface ReportMade {
  readonly type: 'report_made'
  readonly report: Report
}

export interface ReportMember {
  readonly n: number
  readonly member_id: number
  readonly reason: ReportReason
  readonly words: string
}

export type ReportReason = 'threat' | 'harassment' | 'unwanted' | 'disruption' | 'other'

export interface ReportSettled {
  readonly type: 'report_settled'
  readonly report_id: string
}

export type RestartMedia = Readonly<Record<string, never>>

export interface Resume {
  readonly ticket: string
  readonly epoch: number
  readonly seq: number
}

export interface Resumed {
  readonly type: 'resumed'
  readonly member_id: number
  readonly ticket: string
  readonly last_n: number
  readonly sync: Sync
  readonly peer_id: string
  readonly now_ms: number
}

export interface Resync {
  readonly revision: Revision
}

export interface RetractChat {
  readonly n: number
  readonly seq: number
}

export interface Revision {
  readonly epoch: number
  readonly seq: number
}

export interface RevokeInvite {
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

export interface RoleGiven {
  readonly type: 'role_given'
  readonly member_id: number
  readonly role: Role
}

export interface RoleProposed {
  readonly type: 'role_proposed'
  readonly proposal: Proposal
}

export interface Room {
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly meeting_id: string
  readonly opened_ms: number
  readonly members: Readonly<Record<string, Member>>
  readonly chat: readonly ChatLine[]
  readonly floor: Floor
  readonly order: Order
  readonly phase: Phase
  readonly starts_ms: number
  readonly ends_ms: number
  readonly rules: Rules
  readonly watch: Watch
  readonly on_duty: readonly number[]
  readonly reading: Reading | null
  readonly guests: readonly Guest[]
  readonly held: readonly ChatLine[]
  readonly blocks: readonly Block[]
  readonly burst: readonly number[]
  readonly reports: readonly Report[]
  readonly proposals: readonly Proposal[]
  readonly sheet: Sheet | null
  readonly bans: readonly Ban[]
  readonly captions: readonly CaptionLine[]
  readonly reactions: Reactions
}

export interface RoomClosed {
  readonly type: 'room_closed'
}

export interface RoomFrozen {
  readonly type: 'room_frozen'
  readonly on: boolean
}

export interface RoomLocked {
  readonly type: 'room_locked'
  readonly on: boolean
}

export interface RoomOpened {
  readonly type: 'room_opened'
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly meeting_id: string
  readonly settings: RoomSettings
  readonly phase: Phase
  readonly starts_ms: number
  readonly ends_ms: number
  readonly bans: readonly Ban[]
}

export interface RoomSettings {
  readonly floor: FloorMode
  readonly limit_ms: number
  readonly chat: ChatMode
  readonly slow_ms: number
  readonly is_locked: boolean
  readonly rules: Rules
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

export interface RulesSet {
  readonly type: 'rules_set'
  readonly rules: Rules
}

export interface SaveSheet {
  readonly sheet_id: string
  readonly title: string
  readonly cues: readonly Cue[]
}

export interface SavedSheet {
  readonly sheet_id: string
  readonly title: string
  readonly cues: readonly Cue[]
}

export interface SendPrivate {
  readonly member_id: number
  readonly text: string
}

export interface SetChat {
  readonly n: number
  readonly mode: ChatMode
  readonly slow_ms: number
}

export interface SetFloor {
  readonly n: number
  readonly mode: FloorMode
  readonly limit_ms: number
}

export interface SetFreeze {
  readonly n: number
  readonly on: boolean
}

export interface SetLock {
  readonly n: number
  readonly on: boolean
}

export interface SetMicrophone {
  readonly n: number
  readonly on: boolean
}

export interface SetPhase {
  readonly n: number
  readonly phase: Phase
  readonly ends_ms: number
}

export interface SetReachable {
  readonly on: boolean
}

export interface SetRules {
  readonly n: number
  readonly rules: Rules
}

export interface SetSheet {
  readonly n: number
  readonly sheet: Sheet | null
}

export interface SettleReport {
  readonly n: number
  readonly report_id: string
}

export interface Share {
  readonly member_id: number
  readonly lane: Lane
  readonly since_ms: number
  readonly limit_ms: number
  readonly text: string
  readonly written_seq: number
}

export interface ShareBegan {
  readonly type: 'share_began'
  readonly member_id: number
  readonly lane: Lane
  readonly limit_ms: number
}

export interface ShareEnded {
  readonly type: 'share_ended'
  readonly member_id: number
  readonly had_turn: boolean
}

export interface ShareWritten {
  readonly type: 'share_written'
  readonly member_id: number
  readonly text: string
}

export interface Sheet {
  readonly title: string
  readonly cues: readonly Cue[]
  readonly at: number
}

export interface SheetSet {
  readonly type: 'sheet_set'
  readonly sheet: Sheet | null
}

export interface Sheets {
  readonly type: 'sheets'
  readonly sheets: readonly SavedSheet[]
}

export interface ShowCue {
  readonly n: number
  readonly at: number
}

export interface ShowReading {
  readonly n: number
  readonly title: string
  readonly text: string
}

export interface Snapshot {
  readonly type: 'snapshot'
  readonly revision: Revision
  readonly room: Room
}

export interface StepOut {
  readonly n: number
  readonly member_id: number
}

export interface Synced {
  readonly type: 'synced'
  readonly sync: Sync
}

export interface TakeLead {
  readonly n: number
}

export interface TellGuest {
  readonly n: number
  readonly member_id: number
  readonly text: string
}

export interface TicketRenewed {
  readonly ticket: string
}

export interface TimeAdded {
  readonly type: 'time_added'
  readonly limit_ms: number
}

export interface TurnAway {
  readonly n: number
  readonly member_id: number
}

export type TurnedAway = 'protocol' | 'too_many'

export interface UnblockMember {
  readonly n: number
  readonly member_id: number
}

export interface Unseen {
  readonly type: 'unseen'
}

export interface Waits {
  readonly type: 'waits'
  readonly member_id: number
  readonly ticket: string
  readonly sync: Snapshot
  readonly now_ms: number
}

export interface Watch {
  readonly was_led: boolean
  readonly lost_ms: number
  readonly asked: number
  readonly asked_ms: number
  readonly passed: readonly number[]
  readonly is_safe: boolean
  readonly floor: FloorMode
}

export interface WatchSet {
  readonly type: 'watch_set'
  readonly watch: Watch
}

export interface WriteCaption {
  readonly n: number
  readonly line: number
  readonly text: string
  readonly is_over: boolean
}

export interface WriteShare {
  readonly n: number
  readonly text: string
}

export type Ability =
  | 'speak'
  | 'post_chat'
  | 'speak_unasked'
  | 'keep_time'
  | 'write_captions'
  | 'run_floor'
  | 'set_rules'
  | 'keep_order'
  | 'give_roles'
  | 'see_moderation'
  | 'keep_door'

export const ABILITIES: Readonly<Record<Role, readonly Ability[]>> = {
  member: ['speak', 'post_chat'],
  speaker: ['speak', 'post_chat', 'speak_unasked'],
  reader: ['speak', 'post_chat', 'speak_unasked'],
  greeter: ['speak', 'post_chat', 'speak_unasked', 'keep_door'],
  timekeeper: ['speak', 'post_chat', 'speak_unasked', 'keep_time'],
  captioner: ['speak', 'post_chat', 'write_captions'],
  safety: ['speak', 'post_chat', 'speak_unasked', 'keep_order', 'see_moderation', 'keep_door'],
  cohost: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'see_moderation', 'keep_door'],
  host: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'give_roles', 'see_moderation', 'keep_door'],
  secretary: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'give_roles', 'see_moderation', 'keep_door'],
}

export const RANK: Readonly<Record<Role, number>> = {
  member: 0,
  speaker: 1,
  reader: 1,
  greeter: 1,
  timekeeper: 1,
  captioner: 1,
  safety: 2,
  cohost: 3,
  host: 4,
  secretary: 4,
}

export type Answer =
  | Elsewhere
  | Joined
  | Waits
  | Resumed
  | Synced
  | Accepted
  | Offered
  | Invited
  | Invites
  | Sheets
  | Refusal

export type Fact =
  | RoomOpened
  | MemberJoined
  | MemberLeft
  | MemberRemoved
  | MemberStranded
  | MemberReturned
  | MemberRenamed
  | MicrophoneSet
  | MemberMuted
  | MuteLifted
  | ChatPosted
  | ChatRetracted
  | ChatExpired
  | HandRaised
  | HandLowered
  | HandsLowered
  | HandMoved
  | ShareBegan
  | ShareEnded
  | TimeAdded
  | ShareWritten
  | FloorSet
  | ChatSet
  | LineErased
  | RoomLocked
  | RoomFrozen
  | AllMuted
  | RoleGiven
  | RoomClosed
  | PhaseSet
  | PassNoted
  | GuestArrived
  | GuestLeft
  | GuestHeld
  | GuestTold
  | MemberSteppedOut
  | BanPlaced
  | BanLifted
  | BanMatched
  | RemovalLifted
  | BurstSeen
  | RulesSet
  | WatchSet
  | DutySet
  | RoleProposed
  | LineHeld
  | HeldDropped
  | MemberBlocked
  | MemberUnblocked
  | ReportMade
  | ReportSettled
  | SheetSet
  | CueReached
  | ReadingShown
  | Unseen
  | CaptionWritten
  | CaptionErased
  | CaptionsExpired
  | Reacted
  | ReadingMarked

export type Sync = Snapshot | Commits

export interface FromBrowserEvents {
  readonly join: Join
  readonly resume: Resume
  readonly leave: Leave
  readonly catch_up: CatchUp
  readonly rename: Rename
  readonly set_microphone: SetMicrophone
  readonly post_chat: PostChat
  readonly retract_chat: RetractChat
  readonly mute_member: MuteMember
  readonly lift_mute: LiftMute
  readonly remove_member: RemoveMember
  readonly raise_hand: RaiseHand
  readonly lower_hand: LowerHand
  readonly lower_all_hands: LowerAllHands
  readonly move_hand: MoveHand
  readonly give_floor: GiveFloor
  readonly call_next: CallNext
  readonly end_share: EndShare
  readonly add_time: AddTime
  readonly write_share: WriteShare
  readonly write_caption: WriteCaption
  readonly erase_caption: EraseCaption
  readonly react: React
  readonly set_floor: SetFloor
  readonly set_chat: SetChat
  readonly erase_line: EraseLine
  readonly set_lock: SetLock
  readonly set_freeze: SetFreeze
  readonly mute_all: MuteAll
  readonly give_role: GiveRole
  readonly set_phase: SetPhase
  readonly close_room: CloseRoom
  readonly admit_guest: AdmitGuest
  readonly admit_all: AdmitAll
  readonly hold_guest: HoldGuest
  readonly turn_away: TurnAway
  readonly tell_guest: TellGuest
  readonly step_out: StepOut
  readonly ban_member: BanMember
  readonly lift_ban: LiftBan
  readonly lift_removal: LiftRemoval
  readonly remove_burst: RemoveBurst
  readonly set_rules: SetRules
  readonly take_lead: TakeLead
  readonly decline_lead: DeclineLead
  readonly release_line: ReleaseLine
  readonly drop_line: DropLine
  readonly block_member: BlockMember
  readonly unblock_member: UnblockMember
  readonly report_member: ReportMember
  readonly settle_report: SettleReport
  readonly set_sheet: SetSheet
  readonly assign_cue: AssignCue
  readonly show_cue: ShowCue
  readonly show_reading: ShowReading
  readonly mark_reading: MarkReading
  readonly set_reachable: SetReachable
  readonly ask_private: AskPrivate
  readonly answer_private: AnswerPrivate
  readonly send_private: SendPrivate
  readonly make_invite: MakeInvite
  readonly list_invites: ListInvites
  readonly revoke_invite: RevokeInvite
  readonly list_sheets: ListSheets
  readonly save_sheet: SaveSheet
  readonly remove_sheet: RemoveSheet
  readonly open_media: OpenMedia
  readonly restart_media: RestartMedia
  readonly answer_media: AnswerMedia
}

export interface ToBrowserEvents {
  readonly commits: Commits
  readonly resync: Resync
  readonly media_closed: MediaClosed
  readonly ticket_renewed: TicketRenewed
  readonly moved: Moved
  readonly move: Move
  readonly reach: Reach
  readonly card_given: CardGiven
  readonly private_asked: PrivateAsked
  readonly private_answered: PrivateAnswered
  readonly private_line: PrivateLine
  readonly ended: Ended
}
