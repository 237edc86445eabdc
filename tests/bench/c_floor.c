/* The floor: what a fan-out to N listeners costs at least on this machine.
 *
 * For each packet of a voice and each listener: a header and 78 bytes of payload, AES-128-GCM by OpenSSL's EVP
 * with a key of its own (RFC 7714), then one sendmmsg for the whole room. Nothing is received, nobody is known.
 *
 * Arguments: voices of a room, listeners of a room (0: one room with all). Reads the listeners' ports from standard input, one line of numbers; then for each line, a
 * number of packets of each voice, sends those, one each 20 ms, and answers with the number of datagrams sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { HEAD = 24, PAYLOAD = 78, TAG = 16, SIZE = HEAD + PAYLOAD + TAG, BATCH = 1024 };
static const int64_t SECOND = 1000000000, INTERVAL = 20000000;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what) { perror(what); exit(1); }

int main(int argc, char **argv) {
    static char line[1 << 20];
    int voices = argc > 1 ? atoi(argv[1]) : 1, room = argc > 2 ? atoi(argv[2]) : 0, count = 0;
    if (!fgets(line, sizeof line, stdin)) return 2;
    struct sockaddr_in *to = NULL;
    for (char *at = line, *end; ; at = end) {
        long port = strtol(at, &end, 10);
        if (end == at) break;
        to = realloc(to, (count + 1) * sizeof *to);
        to[count++] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port),
                                           .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    }
    if (!room) room = count;
    int rooms = count / room;
    int sock = socket(AF_INET, SOCK_DGRAM, 0), buffer = 8 << 20;
    if (sock < 0) die("socket");
    if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer) < 0)
        setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    struct mmsghdr *out = calloc(count, sizeof *out);
    struct iovec *parts = calloc(count, sizeof *parts);
    uint8_t (*packets)[SIZE] = calloc(count, SIZE), (*salts)[12] = calloc(count, 12), key[16];
    EVP_CIPHER_CTX **keys = calloc(count, sizeof *keys);
    for (int i = 0; i < count; i++) {
        RAND_bytes(key, sizeof key);
        RAND_bytes(salts[i], 12);
        keys[i] = EVP_CIPHER_CTX_new();
        if (!EVP_EncryptInit_ex(keys[i], EVP_aes_128_gcm(), NULL, key, NULL)) return 3;
        parts[i] = (struct iovec){packets[i], SIZE};
        out[i].msg_hdr = (struct msghdr){.msg_name = &to[i], .msg_namelen = sizeof *to, .msg_iov = &parts[i],
                                         .msg_iovlen = 1};
    }
    uint8_t payload[PAYLOAD], nonce[12];
    RAND_bytes(payload, sizeof payload);
    uint32_t seq = 0;
    while (fgets(line, sizeof line, stdin)) {
        int packets_each = atoi(line);
        long sent_all = 0;
        int64_t begin = now_ns();
        for (int p = 0; p < packets_each * voices * rooms; p++) {
            int64_t at = begin + p * INTERVAL / (voices * rooms);
            int first = p % rooms * room, end = first + room;
            struct timespec t = {at / SECOND, at % SECOND};
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
            seq++;
            for (int i = first; i < end; i++) {
                uint8_t *to_send = packets[i];
                uint32_t head[6] = {htonl(0x916F0000 | (seq & 0xFFFF)), htonl(seq * 960), htonl(7), htonl(5),
                                    htonl(0xBEDE0001), htonl(0x109E0000)};
                memcpy(to_send, head, HEAD);
                memcpy(nonce, salts[i], 12);
                for (int b = 0; b < 4; b++) nonce[8 + b] ^= seq >> (24 - 8 * b);
                int size;
                EVP_EncryptInit_ex(keys[i], NULL, NULL, NULL, nonce);
                EVP_EncryptUpdate(keys[i], NULL, &size, to_send, HEAD);
                EVP_EncryptUpdate(keys[i], to_send + HEAD, &size, payload, PAYLOAD);
                EVP_EncryptFinal_ex(keys[i], to_send + HEAD + PAYLOAD, &size);
                EVP_CIPHER_CTX_ctrl(keys[i], EVP_CTRL_GCM_GET_TAG, TAG, to_send + HEAD + PAYLOAD);
            }
            for (int i = first; i < end;) {
                int sent = sendmmsg(sock, out + i, end - i < BATCH ? end - i : BATCH, 0);
                if (sent <= 0) die("sendmmsg");
                i += sent;
                sent_all += sent;
            }
        }
        printf("%ld\n", sent_all);
        fflush(stdout);
    }
    return 0;
}
