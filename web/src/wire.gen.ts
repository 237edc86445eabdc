// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export const ABOUT_MAX_CHARS = 280
export const ACTION_BURST = 20
export const ACTION_PER_S = 2.0
export const ADD_TIME_MS = 60_000
export const CHAT_BURST = 10
export const CHAT_MAX_CHARS = 2_000
export const CHAT_PER_S = 1.0
export const CHAT_WINDOW_LINES = 200
export const CHAT_WINDOW_MS = 7_200_000
export const COMMAND_NUMBER_MAX = 9_007_199_254_740_991
export const GRACE_MS = 120_000
export const HANDS_MAX = 500
export const LEDGER_MAX_ANSWERED = 7_000
export const LEDGER_MAX_GONE = 2_000
export const LOG_MAX_COMMITS = 1_000
export const MEDIA_BURST = 16
export const MEDIA_PER_S = 1.0
export const MEMBER_ID_MAX = 2_147_483_647
export const MINUTE_MS = 60_000
export const NAME_MAX_CHARS = 40
export const NAME_MAX_MARKS = 2
export const ROOM_MAX_MEMBERS = 5_000
export const SHARED_MAX = 5_000
export const SHARE_LIMIT_MAX_MS = 3_600_000
export const SHARE_LIMIT_MIN_MS = 30_000
export const SHARE_LIMIT_MS = 180_000
export const SHARE_TEXT_MAX_CHARS = 8_000
export const SLOW_MAX_MS = 300_000
export const SLUG_MAX_CHARS = 64
export const TICKET_MAX_CHARS = 1_024
export const TITLE_MAX_CHARS = 80

export const SLUG_PATTERN = '^[a-z0-9]+(?:-[a-z0-9]+)*$'

export interface Accepted {
  readonly type: 'accepted'
  readonly revision: Revision
}

export interface AddTime {
  readonly n: number
  readonly more_ms: number
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

export interface CallNext {
  readonly n: number
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

export type EndReason = 'removed' | 'replaced' | 'left' | 'lost' | 'restarting' | 'fault'

export interface EndShare {
  readonly n: number
  readonly passed: boolean
}

export interface Ended {
  readonly reason: EndReason
  readonly retry_ms: number
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

export interface Join {
  readonly room: string
  readonly name: string
  readonly invite?: string
  readonly attempt?: string
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

export interface LiftMute {
  readonly n: number
  readonly member_id: number
}

export interface LineErased {
  readonly type: 'line_erased'
  readonly line_seq: number
  readonly by: number
}

export interface LowerAllHands {
  readonly n: number
}

export interface LowerHand {
  readonly n: number
  readonly member_id: number
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
}

export interface MemberReturned {
  readonly type: 'member_returned'
  readonly member_id: number
}

export interface MemberStranded {
  readonly type: 'member_stranded'
  readonly member_id: number
}

export interface MicrophoneSet {
  readonly type: 'microphone_set'
  readonly member_id: number
  readonly on: boolean
}

export interface MoveHand {
  readonly n: number
  readonly member_id: number
  readonly place: number
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

export interface PostChat {
  readonly n: number
  readonly text: string
}

export interface RaiseHand {
  readonly n: number
  readonly lane: Lane
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
  | 'bad_fingerprint'
  | 'bad_setup'

export interface RemoveMember {
  readonly n: number
  readonly member_id: number
}

export interface Rename {
  readonly n: number
  readonly name: string
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
  readonly has_media: boolean
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

export type Role =
  | 'member'
  | 'speaker'
  | 'reader'
  | 'greeter'
  | 'timekeeper'
  | 'safety'
  | 'cohost'
  | 'host'
  | 'secretary'

export interface RoleGiven {
  readonly type: 'role_given'
  readonly member_id: number
  readonly role: Role
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
}

export interface RoomSettings {
  readonly floor: FloorMode
  readonly limit_ms: number
  readonly chat: ChatMode
  readonly slow_ms: number
  readonly is_locked: boolean
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

export interface Share {
  readonly member_id: number
  readonly lane: Lane
  readonly since_ms: number
  readonly limit_ms: number
  readonly text: string
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

export interface Snapshot {
  readonly type: 'snapshot'
  readonly revision: Revision
  readonly room: Room
}

export interface Synced {
  readonly type: 'synced'
  readonly sync: Sync
}

export interface TicketRenewed {
  readonly ticket: string
}

export interface TimeAdded {
  readonly type: 'time_added'
  readonly limit_ms: number
}

export type TurnedAway = 'protocol' | 'too_many'

export interface WriteShare {
  readonly n: number
  readonly text: string
}

export type Ability =
  | 'speak'
  | 'post_chat'
  | 'speak_unasked'
  | 'keep_time'
  | 'run_floor'
  | 'set_rules'
  | 'keep_order'
  | 'give_roles'
  | 'see_moderation'

export const ABILITIES: Readonly<Record<Role, readonly Ability[]>> = {
  member: ['speak', 'post_chat'],
  speaker: ['speak', 'post_chat', 'speak_unasked'],
  reader: ['speak', 'post_chat', 'speak_unasked'],
  greeter: ['speak', 'post_chat', 'speak_unasked'],
  timekeeper: ['speak', 'post_chat', 'speak_unasked', 'keep_time'],
  safety: ['speak', 'post_chat', 'speak_unasked', 'keep_order', 'see_moderation'],
  cohost: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'see_moderation'],
  host: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'give_roles', 'see_moderation'],
  secretary: ['speak', 'post_chat', 'speak_unasked', 'keep_time', 'run_floor', 'set_rules', 'keep_order', 'give_roles', 'see_moderation'],
}

export const RANK: Readonly<Record<Role, number>> = {
  member: 0,
  speaker: 1,
  reader: 1,
  greeter: 1,
  timekeeper: 1,
  safety: 2,
  cohost: 3,
  host: 4,
  secretary: 4,
}

export type Answer = Joined | Resumed | Synced | Accepted | Offered | Refusal

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
  readonly set_floor: SetFloor
  readonly set_chat: SetChat
  readonly erase_line: EraseLine
  readonly set_lock: SetLock
  readonly set_freeze: SetFreeze
  readonly mute_all: MuteAll
  readonly give_role: GiveRole
  readonly open_media: OpenMedia
  readonly restart_media: RestartMedia
  readonly answer_media: AnswerMedia
}

export interface ToBrowserEvents {
  readonly commits: Commits
  readonly resync: Resync
  readonly media_closed: MediaClosed
  readonly ticket_renewed: TicketRenewed
  readonly ended: Ended
}
