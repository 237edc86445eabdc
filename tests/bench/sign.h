/* Signs a connectivity check anew, as each real one is new: a server may take a check for the sign of life that it
 * should be only once. SHA-1 (FIPS 180-4), HMAC (RFC 2104), CRC-32 (RFC 8489 section 14.7); for load.c alone. */
#include <stdint.h>
#include <string.h>

enum { SHA1_BLOCK = 64, SHA1_SIZE = 20, CHECK_MAX = 512, CHECK_HEAD = 20, CHECK_ID_AT = 8, CHECK_END = 32 };

static uint32_t turned(uint32_t x, int by) { return x << by | x >> (32 - by); }

static void sha1_block(uint32_t *h, const uint8_t *p) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = turned(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        uint32_t next = turned(a, 5) + f + e + k + w[i];
        e = d; d = c; c = turned(b, 30); b = a; a = next;
    }
    h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
}

/* Of one block and what follows it. */
static void sha1_after(const uint8_t *block, const uint8_t *bytes, int size, uint8_t *out) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t rest[CHECK_MAX + 2 * SHA1_BLOCK] = {0};
    int padded = (size + 9 + SHA1_BLOCK - 1) / SHA1_BLOCK * SHA1_BLOCK, bits = 8 * (size + SHA1_BLOCK);
    memcpy(rest, bytes, size);
    rest[size] = 0x80;
    for (int i = 0; i < 4; i++) rest[padded - 1 - i] = bits >> 8 * i;
    sha1_block(h, block);
    for (int at = 0; at < padded; at += SHA1_BLOCK) sha1_block(h, rest + at);
    for (int i = 0; i < SHA1_SIZE; i++) out[i] = h[i / 4] >> (24 - i % 4 * 8);
}

static void hmac_sha1(const uint8_t *key, int key_size, const uint8_t *bytes, int size, uint8_t *out) {
    uint8_t inner[SHA1_BLOCK], outer[SHA1_BLOCK], digest[SHA1_SIZE];
    for (int i = 0; i < SHA1_BLOCK; i++) {
        uint8_t byte = i < key_size ? key[i] : 0;
        inner[i] = byte ^ 0x36; outer[i] = byte ^ 0x5C;
    }
    sha1_after(inner, bytes, size, digest);
    sha1_after(outer, digest, SHA1_SIZE, out);
}

static uint32_t crc32_of(const uint8_t *p, int size) {
    uint32_t crc = 0xFFFFFFFF;
    for (int i = 0; i < size; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* Gives a check another transaction, and signs it. It ends with MESSAGE-INTEGRITY and FINGERPRINT: 24 and 8 bytes. */
static void sign_check(uint8_t *p, int size, const uint8_t *pwd, int pwd_size, uint64_t number) {
    if (size < CHECK_HEAD + CHECK_END || size > CHECK_MAX || pwd_size > SHA1_BLOCK) return;
    for (int i = 0; i < 8; i++) p[CHECK_ID_AT + 4 + i] = number >> (56 - 8 * i);
    int end = size - CHECK_END;
    p[2] = (end + 24 - CHECK_HEAD) >> 8; p[3] = end + 24 - CHECK_HEAD;
    hmac_sha1(pwd, pwd_size, p, end, p + end + 4);
    p[2] = (size - CHECK_HEAD) >> 8; p[3] = size - CHECK_HEAD;
    uint32_t crc = crc32_of(p, size - 8) ^ 0x5354554E;
    for (int i = 0; i < 4; i++) p[size - 4 + i] = crc >> (24 - 8 * i);
}
