/*
 * os_scan: looking for a byte or two, 32, 16 or 8 bytes at a time.
 *
 * The including file says which kind and how names end:
 *
 *     #define OS_SCAN      OS_SCAN_SSE2
 *     #define OS_NAMED(x)  x##_sse2
 *
 * and may include this again for another kind. Every function returns where
 * the first such byte is, or `end`; none reads outside of [p, end).
 */

#include <stdint.h>
#include <string.h>

#if (defined(__SSE2__))
#include <immintrin.h>
#elif (defined(__ARM_NEON))
#include <arm_neon.h>
#endif

#ifndef OS_SCAN_PLAIN
#define OS_SCAN_PLAIN  0        /* 8 bytes in a register, any machine */
#define OS_SCAN_SSE2   1
#define OS_SCAN_AVX2   2
#define OS_SCAN_NEON   3
#endif

#undef OS_V
#undef OS_W
#undef OS_LOAD
#undef OS_ALL
#undef OS_EQ
#undef OS_OR
#undef OS_AND
#undef OS_BITS
#undef OS_FIRST
#undef OS_CTZ
#undef OS_LOW

/* Trailing zero bits of 64; whatever for none. The lowest n bytes, n <= 8. */
#if (OS_SCAN == OS_SCAN_AVX2)
#define OS_CTZ(bits)     _tzcnt_u64(bits)
#define OS_LOW(word, n)  _bzhi_u64(word, (unsigned) (n) * 8)
#else
#define OS_CTZ(bits)     __builtin_ctzll((bits) | UINT64_C(1) << 63)
#define OS_LOW(word, n)  ((word) & os_html_bytes[n])
#endif

#if (OS_SCAN == OS_SCAN_AVX2)

#define OS_V            __m256i
#define OS_W            32
#define OS_LOAD(p)      _mm256_loadu_si256((const __m256i *) (p))
#define OS_ALL(c)       _mm256_set1_epi8(c)
#define OS_EQ(v, c)     _mm256_cmpeq_epi8(v, c)
#define OS_OR(a, b)     _mm256_or_si256(a, b)
#define OS_AND(a, b)    _mm256_and_si256(a, b)
#define OS_BITS(v)      ((uint32_t) _mm256_movemask_epi8(v))
#define OS_FIRST(bits)  __builtin_ctz((uint32_t) (bits))

#elif (OS_SCAN == OS_SCAN_SSE2)

#define OS_V            __m128i
#define OS_W            16
#define OS_LOAD(p)      _mm_loadu_si128((const __m128i *) (p))
#define OS_ALL(c)       _mm_set1_epi8(c)
#define OS_EQ(v, c)     _mm_cmpeq_epi8(v, c)
#define OS_OR(a, b)     _mm_or_si128(a, b)
#define OS_AND(a, b)    _mm_and_si128(a, b)
#define OS_BITS(v)      ((uint32_t) _mm_movemask_epi8(v))
#define OS_FIRST(bits)  __builtin_ctz((uint32_t) (bits))

#elif (OS_SCAN == OS_SCAN_NEON)

#define OS_V            uint8x16_t
#define OS_W            16
#define OS_LOAD(p)      vld1q_u8((const uint8_t *) (p))
#define OS_ALL(c)       vdupq_n_u8((uint8_t) (c))
#define OS_EQ(v, c)     vceqq_u8(v, c)
#define OS_OR(a, b)     vorrq_u8(a, b)
#define OS_AND(a, b)    vandq_u8(a, b)
/* four bits a byte */
#define OS_BITS(v)                                                            \
    vget_lane_u64(vreinterpret_u64_u8(                                        \
        vshrn_n_u16(vreinterpretq_u16_u8(v), 4)), 0)
#define OS_FIRST(bits)  (__builtin_ctzll(bits) >> 2)

#else

/*
 * The high bit of each byte that is meant, and perhaps of others above it: the
 * first is right. A borrow or a carry never goes downwards.
 */
#define OS_V            uint64_t
#define OS_W            8
#define OS_LOAD(p)      os_scan_load(p)
#define OS_ALL(c)       (UINT64_C(0x0101010101010101) * (uint8_t) (c))
#define OS_EQ(v, c)     os_scan_zero((v) ^ (c))
#define OS_OR(a, b)     ((a) | (b))
#define OS_BITS(v)      (v)
#define OS_FIRST(bits)  (__builtin_ctzll(bits) >> 3)

static inline uint64_t
os_scan_load(const char *p)
{
    uint64_t  v;

    memcpy(&v, p, 8);
#if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline uint64_t
os_scan_zero(uint64_t v)
{
    return (v - OS_ALL(1)) & ~v & OS_ALL(0x80);
}

#endif


/* The first `c`, which is thought to be near. */
static inline const char *
OS_NAMED(os_find)(const char *p, const char *end, char c)
{
    OS_V      a, b, d, e, w = OS_ALL(c);
    uint64_t  bits;

    while (end - p >= OS_W) {
        bits = OS_BITS(OS_EQ(OS_LOAD(p), w));

        if (bits) {
            return p + OS_FIRST(bits);
        }

        p += OS_W;

        /* it is not: four at a time */

        while (end - p >= 4 * OS_W) {
            a = OS_EQ(OS_LOAD(p), w);
            b = OS_EQ(OS_LOAD(p + OS_W), w);
            d = OS_EQ(OS_LOAD(p + 2 * OS_W), w);
            e = OS_EQ(OS_LOAD(p + 3 * OS_W), w);

            if (OS_BITS(OS_OR(OS_OR(a, b), OS_OR(d, e)))) {
#if (OS_SCAN == OS_SCAN_AVX2 || OS_SCAN == OS_SCAN_SSE2)
                bits = (uint64_t) OS_BITS(a) | (uint64_t) OS_BITS(b) << OS_W;

                if (bits == 0) {
                    bits = (uint64_t) OS_BITS(d)
                           | (uint64_t) OS_BITS(e) << OS_W;
                    p += 2 * OS_W;
                }

                return p + __builtin_ctzll(bits);
#else
                break;
#endif
            }

            p += 4 * OS_W;
        }
    }

    while (p < end && *p != c) {
        p++;
    }

    return p;
}


#if (OS_SCAN == OS_SCAN_AVX2 || OS_SCAN == OS_SCAN_SSE2)

/* Of `lt`, the "<" among the bytes at p: those that ! # % ' ) + - / follow. */
static inline OS_V
OS_NAMED(os_eq_close)(OS_V lt, const char *p)
{
    return OS_AND(lt, OS_EQ(OS_OR(OS_LOAD(p + 1), OS_ALL(0x0e)),
                            OS_ALL('/')));
}

#endif


/*
 * The first "<" that may begin an end tag or a comment; the text of a script is
 * full of others, which are passed where that costs nothing.
 */
static inline const char *
OS_NAMED(os_find_close)(const char *p, const char *end)
{
#if (OS_SCAN == OS_SCAN_AVX2 || OS_SCAN == OS_SCAN_SSE2)
    OS_V      a, b, d, e;
    size_t    n = p < end ? (size_t) (end - p - 1) / (4 * OS_W) : 0;
    uint64_t  bits;

    for ( /* void */ ; n; n--, p += 4 * OS_W) {
        a = OS_EQ(OS_LOAD(p), OS_ALL('<'));
        b = OS_EQ(OS_LOAD(p + OS_W), OS_ALL('<'));
        d = OS_EQ(OS_LOAD(p + 2 * OS_W), OS_ALL('<'));
        e = OS_EQ(OS_LOAD(p + 3 * OS_W), OS_ALL('<'));

        if (OS_BITS(OS_OR(OS_OR(a, b), OS_OR(d, e))) == 0) {
            continue;
        }

        a = OS_NAMED(os_eq_close)(a, p);
        b = OS_NAMED(os_eq_close)(b, p + OS_W);
        d = OS_NAMED(os_eq_close)(d, p + 2 * OS_W);
        e = OS_NAMED(os_eq_close)(e, p + 3 * OS_W);

        if (OS_BITS(OS_OR(OS_OR(a, b), OS_OR(d, e))) == 0) {
            continue;
        }

        bits = (uint64_t) OS_BITS(a) | (uint64_t) OS_BITS(b) << OS_W;

        if (bits) {
            return p + OS_CTZ(bits);
        }

        bits = (uint64_t) OS_BITS(d) | (uint64_t) OS_BITS(e) << OS_W;
        return p + 2 * OS_W + OS_CTZ(bits);
    }
#endif

    return OS_NAMED(os_find)(p, end, '<');
}


/* The first of two. */
static inline const char *
OS_NAMED(os_find2)(const char *p, const char *end, char c, char d)
{
    OS_V      v;
    uint64_t  bits;

    while (end - p >= OS_W) {
        v = OS_LOAD(p);
        bits = OS_BITS(OS_OR(OS_EQ(v, OS_ALL(c)), OS_EQ(v, OS_ALL(d))));

        if (bits) {
            return p + OS_FIRST(bits);
        }

        p += OS_W;
    }

    while (p < end && *p != c && *p != d) {
        p++;
    }

    return p;
}


/*
 * Which of the 64 bytes at p are one of " ' < = >: bit i for p[i]. No two of
 * them have the same lower half, so that one look into a table of sixteen
 * finds the only one that a byte can be.
 */
static inline uint64_t
OS_NAMED(os_marks)(const char *p)
{
#if (OS_SCAN == OS_SCAN_AVX2)
    __m256i  a = OS_LOAD(p), b = OS_LOAD(p + 32);

    __m256i  table = _mm256_setr_epi8(
        -1, -1, '"', -1, -1, -1, -1, '\'', -1, -1, -1, -1, '<', '=', '>', 0,
        -1, -1, '"', -1, -1, -1, -1, '\'', -1, -1, -1, -1, '<', '=', '>', 0);

    a = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, a), a);
    b = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(table, b), b);

    return OS_BITS(a) | (uint64_t) OS_BITS(b) << 32;

#elif (OS_SCAN == OS_SCAN_SSE2)
    unsigned  i;
    uint64_t  marks = 0;

    for (i = 0; i < 64; i += 16) {
        __m128i  v = OS_LOAD(p + i);
        __m128i  quote, angle;

        quote = OS_OR(OS_EQ(v, OS_ALL('"')), OS_EQ(v, OS_ALL('\'')));
        angle = OS_OR(OS_OR(OS_EQ(v, OS_ALL('<')), OS_EQ(v, OS_ALL('='))),
                      OS_EQ(v, OS_ALL('>')));
        marks |= (uint64_t) OS_BITS(OS_OR(quote, angle)) << i;
    }

    return marks;

#elif (OS_SCAN == OS_SCAN_NEON)
    unsigned    i;
    uint8x16_t  v, m[4];

    static const uint8_t  table[16] = {
        255, 255, '"', 255, 255, 255, 255, '\'',
        255, 255, 255, 255, '<', '=', '>', 0
    };
    static const uint8_t  weights[16] = {
        1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128
    };

    for (i = 0; i < 4; i++) {
        v = OS_LOAD(p + 16 * i);
        m[i] = vandq_u8(vceqq_u8(vqtbl1q_u8(vld1q_u8(table),
                                            vandq_u8(v, vdupq_n_u8(15))), v),
                        vld1q_u8(weights));
    }

    m[0] = vpaddq_u8(vpaddq_u8(m[0], m[1]), vpaddq_u8(m[2], m[3]));

    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(m[0], m[0])), 0);

#else
    unsigned  i;
    uint64_t  marks = 0;

    static const uint8_t  marked[256] = {
        ['"'] = 1, ['\''] = 1, ['<'] = 1, ['='] = 1, ['>'] = 1
    };

    for (i = 0; i < 64; i++) {
        marks |= (uint64_t) marked[(unsigned char) p[i]] << i;
    }

    return marks;
#endif
}
