/* The load of the benchmarks: holds the members' sockets, lets voices speak on time, empties what arrives.
 *
 * Python makes the connections (ICE, DTLS, keys) and hands each socket over, with all packets that will be sent
 * on it encrypted already. So nothing here knows a key, and one core carries thousands of members.
 * Sockets are looked at every few ms, never slept on: waking a sleeper would be the sender's CPU time, which is
 * what is measured. Delay is from the send to the kernel's receive stamp, so looking seldom costs no exactness.
 *
 * Control: messages on the SEQPACKET socket whose number is the argument, integers little-endian.
 *   'M' u8 kind, u32 group, u32 first_len, u8 checks, {u16 length, bytes}...   one member; its socket comes along
 *       the blobs are the checks, then the password that the first one is signed anew with each time; empty: never
 *       kind 0: RTP; 1: datagrams that are only counted; 2: WebSocket over TCP
 *       first_len: payload and tag of the group's first voice; the next ones are one byte longer each, at most
 *       four; and each eighth packet of a voice, from the first one of a turn on, is four bytes longer
 *   'V' u32 member                                                             makes it its group's next voice
 *   'P' u32 voice, {u16 length, bytes}...                                      more to say in the next turn
 *   'T' u32 interval_us, u32 warm, u32 seconds_ms, u32 settle_ms, u32 drain_us speak; answers {} when it counts, then with JSON
 *   'E' end the turn now, with what has come
 *   'F' forget all members
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "sign.h"

static int CONTROL;   /* its number is the only argument */
enum { BATCH = 8, ROOM_BYTES = 2048, VOICES_OF_GROUP = 4, MARK_EVERY = 8, CHECKS = 8, BINS = 200000, BIN_NS = 10000 };
enum { RTP = 0, COUNTED = 1, STREAM = 2 };
static const int64_t SECOND = 1000000000, CHECK_EVERY = 2500000000;

typedef struct { uint16_t size; uint8_t *bytes; } Blob;
typedef struct { int is_known; uint32_t ts; int64_t index; uint64_t counted; } Stream;
typedef struct {
    int fd, kind, group, voice, is_cut;
    uint32_t first_len;
    Blob checks[CHECKS], pwd;
    int check_count, next_check;
    Stream *streams;
    uint8_t head[14], tail[16];
    int head_size, tail_size, is_ping;
    uint64_t body_left;
    uint32_t dropped;
} Member;
typedef struct { int member, in_group; Blob *said; int count, room, next; int64_t *sent_ns; } Voice;

static Member *members;
static Voice *voices;
static int *group_voices;                     /* VOICES_OF_GROUP for each group */
static int member_count, member_room, voice_count, voice_room, group_count;
static int64_t begin_ns, interval_ns, warm, late_max_ns;
static uint64_t received, counted, strange, refused, bins[BINS + 1], pings, cut, delay_max_ns;
static double check_debt;
static int check_cursor;
static int64_t check_at_ns;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what) { perror(what); exit(1); }
static void *more(void *old, size_t bytes) {
    void *got = realloc(old, bytes);
    if (!got) die("memory");
    return got;
}
static uint32_t u32(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }
static uint16_t u16(const uint8_t *p) { return p[0] | p[1] << 8; }
static uint32_t n32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }

static Blob blob(const uint8_t **at) {
    Blob b = {u16(*at), NULL};
    b.bytes = more(NULL, b.size ? b.size : 1);
    memcpy(b.bytes, *at + 2, b.size);
    *at += 2 + b.size;
    return b;
}

static void add_member(const uint8_t *at, int fd) {
    if (member_count == member_room) members = more(members, (member_room = member_room * 2 + 64) * sizeof *members);
    Member *m = &members[member_count++];
    memset(m, 0, sizeof *m);
    m->fd = fd; m->voice = -1; m->kind = at[1]; m->group = u32(at + 2); m->first_len = u32(at + 6);
    int checks = at[10], on = 1, size = 1 << 20;
    m->check_count = checks > CHECKS ? CHECKS : checks;
    at += 11;
    for (int i = 0; i < m->check_count; i++) m->checks[i] = blob(&at);
    m->pwd = blob(&at);
    m->streams = more(NULL, VOICES_OF_GROUP * sizeof(Stream));
    memset(m->streams, 0, VOICES_OF_GROUP * sizeof(Stream));
    while (m->group >= group_count) {
        group_voices = more(group_voices, (group_count + 1) * VOICES_OF_GROUP * sizeof(int));
        for (int i = 0; i < VOICES_OF_GROUP; i++) group_voices[group_count * VOICES_OF_GROUP + i] = -1;
        group_count++;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    if (m->kind != STREAM) {
        setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
}

static void add_voice(int member) {
    if (voice_count == voice_room) voices = more(voices, (voice_room = voice_room * 2 + 16) * sizeof *voices);
    Voice *v = &voices[voice_count];
    memset(v, 0, sizeof *v);
    v->member = member;
    int *of_group = &group_voices[members[member].group * VOICES_OF_GROUP];
    while (v->in_group < VOICES_OF_GROUP - 1 && of_group[v->in_group] >= 0) v->in_group++;
    of_group[v->in_group] = voice_count;
    members[member].voice = voice_count++;
}

static void forget_said(Voice *v) {
    for (int i = 0; i < v->count; i++) free(v->said[i].bytes);
    v->count = v->next = 0;
}

static void say_more(const uint8_t *at, const uint8_t *end) {
    Voice *v = &voices[u32(at + 1)];
    if (v->next) forget_said(v);
    at += 5;
    while (at < end) {
        if (v->count == v->room) {
            v->room = v->room * 2 + 64;
            v->said = more(v->said, v->room * sizeof *v->said);
            v->sent_ns = more(v->sent_ns, v->room * sizeof *v->sent_ns);
        }
        v->said[v->count++] = blob(&at);
    }
}

static void note_delay(int64_t delay) {
    counted++;
    if (delay < 0) delay = 0;
    if ((uint64_t)delay > delay_max_ns) delay_max_ns = delay;
    int64_t bin = delay / BIN_NS;
    bins[bin > BINS ? BINS : bin]++;
}

/* Which packet of which voice this is: the length tells the voice, and each eighth packet, whose number is then
 * known as long as it is less than 160 ms late; the others' numbers follow from the RTP time since. */
static void take_rtp(Member *m, const uint8_t *p, int size, int64_t at_ns) {
    if (size < 12 || (p[0] & 0xC0) != 0x80 || (p[1] & 0xE0) == 0xC0) return;   /* STUN, DTLS, RTCP */
    received++;
    int head = 12 + 4 * (p[0] & 0x0F);
    if (p[0] & 0x10 && size >= head + 4) head += 4 + 4 * (p[head + 2] << 8 | p[head + 3]);
    int longer = size - head - (int)m->first_len, in_group = longer % VOICES_OF_GROUP;
    if (longer < 0 || longer >= 2 * VOICES_OF_GROUP) { strange++; return; }
    int number = group_voices[m->group * VOICES_OF_GROUP + in_group];
    if (number < 0) { strange++; return; }
    Voice *v = &voices[number];
    Stream *s = &m->streams[in_group];
    uint32_t ts = n32(p + 4);
    if (!s->is_known) {
        if (longer < VOICES_OF_GROUP || !v->next) return;
        int64_t index = (v->next - 1) / MARK_EVERY * MARK_EVERY;
        while (index > 0 && v->sent_ns[index] > at_ns) index -= MARK_EVERY;
        s->is_known = 1; s->ts = ts; s->index = index;
    }
    int64_t index = s->index + (int32_t)(ts - s->ts) / 960;
    while (index >= v->next) { index -= MARK_EVERY; s->index -= MARK_EVERY; }   /* it was later than that */
    if (index < 0) { strange++; return; }
    if (index < warm) return;
    s->counted++;
    note_delay(at_ns - v->sent_ns[index]);
}

static void send_raw(Member *m, const uint8_t *bytes, int size) {
    if (m->is_cut) return;
    if (send(m->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) != size) refused++;
}

/* A marked line has "@~" and its number in six digits: which one in the turn, of all voices in turn. */
static void find_marks(Member *m, const uint8_t *bytes, int size, int64_t at_ns) {
    uint8_t joint[64 * 1024 + 32];
    memcpy(joint, m->tail, m->tail_size);
    memcpy(joint + m->tail_size, bytes, size);
    uint8_t *at = joint, *end = joint + m->tail_size + size;
    while ((at = memmem(at, end - at, "@~", 2)) && at + 8 <= end) {
        uint64_t number = 0;
        for (int i = 2; i < 8; i++) number = number * 10 + (at[i] - '0');
        Voice *v = &voices[number % voice_count];
        int64_t index = number / voice_count;
        received++;
        if (index >= v->next) strange++;
        else if ((int64_t)number >= warm) note_delay(at_ns - v->sent_ns[index]);
        at += 8;
    }
    /* What is kept must not hold a mark that was read: from the last unfinished one on, or one byte. */
    uint8_t *from = at ? at : (end > joint && end[-1] == '@' ? end - 1 : end);
    m->tail_size = end - from;
    memcpy(m->tail, from, m->tail_size);
}

/* RFC 6455: looks into the frames only for Engine.IO's ping, which is answered. */
static void follow_frames(Member *m, const uint8_t *p, int size) {
    static const uint8_t PONG[] = {0x81, 0x81, 0, 0, 0, 0, '3'};
    const uint8_t *end = p + size;
    while (p < end) {
        if (m->body_left) {
            uint64_t step = (uint64_t)(end - p) < m->body_left ? (uint64_t)(end - p) : m->body_left;
            if (m->is_ping && *p == '2') { send_raw(m, PONG, sizeof PONG); pings++; }
            m->is_ping = 0; m->body_left -= step; p += step;
            continue;
        }
        m->head[m->head_size++] = *p++;
        if (m->head_size < 2) continue;
        int length = m->head[1] & 0x7F, wanted = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0);
        if (m->head_size < wanted) continue;
        uint64_t body = length;
        if (wanted > 2) { body = 0; for (int i = 2; i < wanted; i++) body = body << 8 | m->head[i]; }
        m->is_ping = m->head[0] == 0x81 && body == 1;
        m->body_left = body; m->head_size = 0;
    }
}

static int64_t stamp_of(struct msghdr *h, Member *m, int64_t fallback) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET) continue;
        if (c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            fallback = t.tv_sec * SECOND + t.tv_nsec;
        } else if (c->cmsg_type == SO_RXQ_OVFL) memcpy(&m->dropped, CMSG_DATA(c), sizeof m->dropped);
    }
    return fallback;
}

static void drain_stream(Member *m) {
    static uint8_t bytes[64 * 1024];
    uint8_t notes[128];
    for (;;) {
        struct iovec part = {bytes, sizeof bytes};
        struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = notes, .msg_controllen = sizeof notes};
        ssize_t size = recvmsg(m->fd, &h, MSG_DONTWAIT);
        if (size <= 0) {
            if (size == 0 || (errno != EAGAIN && errno != EINTR)) { m->is_cut = 1; cut++; }
            return;
        }
        int64_t at_ns = stamp_of(&h, m, now_ns());
        follow_frames(m, bytes, size);
        find_marks(m, bytes, size, at_ns);
        if (size < (ssize_t)sizeof bytes) return;
    }
}

static void drain(Member *m) {
    static uint8_t bytes[BATCH][ROOM_BYTES], notes[BATCH][128];
    struct mmsghdr got[BATCH];
    struct iovec parts[BATCH];
    if (m->is_cut) return;
    if (m->kind == STREAM) { drain_stream(m); return; }
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){bytes[i], ROOM_BYTES};
            got[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = notes[i],
                                             .msg_controllen = sizeof notes[i]};
        }
        int count = recvmmsg(m->fd, got, BATCH, MSG_DONTWAIT, NULL);
        if (count <= 0) {
            if (count < 0 && errno == ECONNREFUSED) { m->is_cut = 1; cut++; }
            return;
        }
        for (int i = 0; i < count; i++) {
            int64_t at_ns = stamp_of(&got[i].msg_hdr, m, 0);
            if (m->kind == RTP) take_rtp(m, bytes[i], got[i].msg_len, at_ns);
            else received += got[i].msg_len > 40;      /* what is shorter is no voice */
        }
        if (count < BATCH) return;
    }
}

static void send_due(int64_t now) {
    for (int i = 0; i < voice_count; i++) {
        Voice *v = &voices[i];
        while (v->next < v->count) {
            int64_t due = begin_ns + v->next * interval_ns + interval_ns * i / voice_count;
            if (due > now) break;
            if (now - due > late_max_ns) late_max_ns = now - due;
            v->sent_ns[v->next] = now_ns();
            send_raw(&members[v->member], v->said[v->next].bytes, v->said[v->next].size);
            v->next++;
        }
    }
}

/* Voices speak one after the other within the interval: the next due one is found without asking all. */
static int64_t next_cursor_due(void) {
    int64_t earliest = INT64_MAX;
    for (int i = 0; i < voice_count; i++) {
        Voice *v = &voices[i];
        if (v->next >= v->count) continue;
        int64_t due = begin_ns + v->next * interval_ns + interval_ns * i / voice_count;
        if (due < earliest) earliest = due;
    }
    return earliest;
}

static void check_some(int64_t now) {
    if (check_at_ns) check_debt += (double)(now - check_at_ns) * member_count / CHECK_EVERY;
    check_at_ns = now;
    if (check_debt > member_count) check_debt = member_count;
    for (; check_debt >= 1 && member_count; check_debt--) {
        Member *m = &members[check_cursor++ % member_count];
        if (!m->check_count) continue;
        /* The first is the consent check and is sent each time; the others are reports, each sent once. */
        if (m->pwd.size) sign_check(m->checks[0].bytes, m->checks[0].size, m->pwd.bytes, m->pwd.size, now_ns());
        send_raw(m, m->checks[0].bytes, m->checks[0].size);
        if (m->next_check + 1 < m->check_count && check_cursor / member_count % 2) {
            Blob *b = &m->checks[++m->next_check];
            send_raw(m, b->bytes, b->size);
        }
    }
}

static void drain_all(int64_t *due) {
    for (int i = 0; i < member_count; i++) {
        drain(&members[i]);
        if (i % 16 == 15) {
            int64_t now = now_ns();
            if (due && now >= *due) { send_due(now); *due = next_cursor_due(); }
        }
    }
}

static void sleep_until(int64_t at) {
    struct timespec t = {at / SECOND, at % SECOND};
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}

static double quantile_ms(double part) {
    uint64_t wanted = counted * part, seen = 0;
    for (int i = 0; i <= BINS; i++) if ((seen += bins[i]) > wanted) return (i + 1) * (BIN_NS / 1e6);
    return 0;
}

static uint64_t dropped(void) {
    uint64_t sum = 0;
    for (int i = 0; i < member_count; i++) sum += members[i].dropped;
    return sum;
}

static void begin_turn(const uint8_t *at) {
    interval_ns = u32(at + 1) * 1000LL; warm = u32(at + 5);
    received = counted = strange = refused = pings = delay_max_ns = late_max_ns = 0;
    memset(bins, 0, sizeof bins);
    drain_all(NULL);
    received = counted = strange = 0;
    memset(bins, 0, sizeof bins);
    for (int i = 0; i < member_count; i++) memset(members[i].streams, 0, VOICES_OF_GROUP * sizeof(Stream));
    begin_ns = now_ns() + SECOND / 100;
    if (send(CONTROL, "{}", 2, 0) != 2) die("answer");
}

static int is_told_to_end(void) {
    uint8_t word;
    return recv(CONTROL, &word, 1, MSG_DONTWAIT) == 1 && word == 'E';
}

static void speak(const uint8_t *at) {
    int64_t drain_ns = u32(at + 17) * 1000LL, length = u32(at + 9) * 1000000LL, settle = u32(at + 13) * 1000000LL;
    begin_turn(at);
    uint64_t before = dropped();
    struct rusage used0, used1;
    getrusage(RUSAGE_SELF, &used0);
    int64_t end = begin_ns + length + settle, next_drain = begin_ns, due = next_cursor_due();
    for (int64_t now = now_ns(); now < end; now = now_ns()) {
        if (now >= due) { send_due(now); due = next_cursor_due(); }
        check_some(now);
        if (now >= next_drain) {
            if (is_told_to_end()) break;
            drain_all(&due);
            next_drain += drain_ns;
            if (next_drain < now) next_drain = now + drain_ns / 4;
        }
        sleep_until(due < next_drain ? due : next_drain);
    }
    drain_all(NULL);
    getrusage(RUSAGE_SELF, &used1);
    uint64_t said = 0, expected = 0;
    for (int i = 0; i < voice_count; i++) said += voices[i].next;
    for (int i = 0; i < member_count; i++) {
        if (members[i].kind != RTP || members[i].voice >= 0) continue;
        for (int g = 0; g < VOICES_OF_GROUP; g++) {
            int number = group_voices[members[i].group * VOICES_OF_GROUP + g];
            if (number >= 0 && voices[number].next > warm) expected += voices[number].next - warm;
        }
    }
    uint64_t heard = 0;
    for (int i = 0; i < member_count; i++)
        if (members[i].voice < 0) for (int g = 0; g < VOICES_OF_GROUP; g++) heard += members[i].streams[g].counted;
    double cpu_s = (used1.ru_utime.tv_sec - used0.ru_utime.tv_sec) + (used1.ru_stime.tv_sec - used0.ru_stime.tv_sec)
        + (used1.ru_utime.tv_usec - used0.ru_utime.tv_usec) / 1e6 + (used1.ru_stime.tv_usec - used0.ru_stime.tv_usec) / 1e6;
    char text[768];
    int size = snprintf(text, sizeof text,
        "{\"said\":%lu,\"received\":%lu,\"expected\":%lu,\"heard\":%lu,\"counted\":%lu,\"strange\":%lu,\"refused\":%lu,"
        "\"dropped\":%lu,\"cut\":%lu,\"pings\":%lu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"late_max_ms\":%.3f,"
        "\"load_cpu_s\":%.4f,\"wall_s\":%.4f}",
        said, received, expected, heard, counted, strange, refused, dropped() - before, cut, pings, quantile_ms(0.5),
        quantile_ms(0.99), delay_max_ns / 1e6, late_max_ns / 1e6, cpu_s, (now_ns() - begin_ns) / 1e9);
    for (int i = 0; i < voice_count; i++) forget_said(&voices[i]);
    if (send(CONTROL, text, size, 0) != size) die("answer");
}

static void forget_all(void) {
    for (int i = 0; i < member_count; i++) {
        close(members[i].fd);
        for (int j = 0; j < members[i].check_count; j++) free(members[i].checks[j].bytes);
        free(members[i].pwd.bytes);
        free(members[i].streams);
    }
    for (int i = 0; i < voice_count; i++) { forget_said(&voices[i]); free(voices[i].said); free(voices[i].sent_ns); }
    member_count = voice_count = group_count = check_cursor = 0;
    cut = 0;
}

/* Takes one message; 0 when the other side is gone. */
static int take_message(void) {
    static uint8_t bytes[200 * 1024];
    uint8_t notes[CMSG_SPACE(sizeof(int))];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = notes, .msg_controllen = sizeof notes};
    ssize_t size = recvmsg(CONTROL, &h, 0);
    if (size <= 0) return 0;
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    if (c && c->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(c), sizeof fd);
    switch (bytes[0]) {
    case 'M': add_member(bytes, fd); break;
    case 'V': add_voice(u32(bytes + 1)); break;
    case 'P': say_more(bytes, bytes + size); break;
    case 'T': speak(bytes); break;
    case 'F': forget_all(); if (send(CONTROL, "{}", 2, 0) != 2) die("answer"); break;
    case 'E': break;      /* too late: the turn has ended */
    default: fprintf(stderr, "load: an unknown message\n"); exit(1);
    }
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    CONTROL = atoi(argv[1]);
    for (;;) {
        struct pollfd control = {CONTROL, POLLIN, 0};
        int ready = poll(&control, 1, 20);
        if (ready > 0 && !take_message()) return 0;
        check_some(now_ns());
        static int64_t next_drain;
        if (ready == 0 && now_ns() >= next_drain) { drain_all(NULL); next_drain = now_ns() + SECOND / 4; }
    }
}
