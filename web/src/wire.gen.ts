// Written by tools/write_types.py from the server's structs. Do not edit: change those and run it again.

export const ABOUT_MAX_CHARS = 280
export const ACTION_BURST = 20
export const ACTION_PER_S = 2.0
export const CHAT_BURST = 10
export const CHAT_MAX_CHARS = 2_000
export const CHAT_PER_S = 1.0
export const CHAT_WINDOW_LINES = 200
export const CHAT_WINDOW_MS = 7_200_000
export const COMMAND_NUMBER_MAX = 9_007_199_254_740_991
export const GRACE_MS = 120_000
export const LEDGER_MAX_ANSWERED = 7_000
export const LEDGER_MAX_GONE = 2_000
export const LOG_MAX_COMMITS = 1_000
export const MEDIA_BURST = 16
export const MEDIA_PER_S = 1.0
export const MEMBER_ID_MAX = 2_147_483_647
export const NAME_MAX_CHARS = 40
export const NAME_MAX_MARKS = 2
export const ROOM_MAX_MEMBERS = 5_000
export const SLUG_MAX_CHARS = 64
export const TICKET_MAX_CHARS = 1_024
export const TITLE_MAX_CHARS = 80

export const SLUG_PATTERN = '^[a-z0-9]+(?:-[a-z0-9]+)*$'

export interface Accepted {
  readonly type: 'accepted'
  readonly revision: Revision
}

export interface AnswerMedia {
  readonly peer_id: string
  readonly fingerprints: readonly Fingerprint[]
  readonly setup: string
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

export interface Ended {
  readonly reason: EndReason
  readonly retry_ms: number
}

export interface Fingerprint {
  readonly algorithm: string
  readonly value: string
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

export type Leave = Readonly<Record<string, never>>

export type LeaveReason = 'left' | 'lost'

export interface LiftMute {
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

export interface PostChat {
  readonly n: number
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
  | 'not_a_member'
  | 'no_such_member'
  | 'not_allowed'
  | 'muted_by_host'
  | 'was_removed'
  | 'ticket_unusable'
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

export type Role = 'member' | 'host'

export interface Room {
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly meeting_id: string
  readonly opened_ms: number
  readonly members: Readonly<Record<string, Member>>
  readonly chat: readonly ChatLine[]
}

export interface RoomOpened {
  readonly type: 'room_opened'
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly meeting_id: string
}

export interface SetMicrophone {
  readonly n: number
  readonly on: boolean
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

export type TurnedAway = 'protocol' | 'too_many'

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
