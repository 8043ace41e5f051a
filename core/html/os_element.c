/*
 * The elements that the standard's parser knows by name. Each short name's
 * slot is the top nine bits of its key times a constant, which was searched
 * for until no two names met; t/unit/test_html.c looks every name up. Where no
 * name is, a slot has the key of the empty one: that is not to be found in its
 * own, the first.
 */

#include "core/html/os_element.h"

#include <string.h>


#define F_SPECIAL     OS_EL_SPECIAL
#define F_VOID        OS_EL_VOID
#define F_CLOSES_P    OS_EL_CLOSES_P
#define F_BLOCK_END   OS_EL_BLOCK_END
#define F_FORMAT      OS_EL_FORMAT
#define F_HEADING     OS_EL_HEADING
#define F_IMPLIED     OS_EL_IMPLIED
#define F_SCOPE       OS_EL_SCOPE
#define F_MARKER      OS_EL_MARKER
#define F_RCDATA      OS_EL_RCDATA
#define F_RAWTEXT     OS_EL_RAWTEXT
#define F_SCRIPT      OS_EL_SCRIPT
#define F_PLAIN       OS_EL_PLAIN
#define F_HEAD        OS_EL_HEAD
#define F_ODD         OS_EL_ODD
#define F_CARE_START  OS_EL_CARE_START
#define F_CARE_END    OS_EL_CARE_END
#define F_BREAKOUT    OS_EL_BREAKOUT
#define F_NAME        OS_EL_PLAIN_NAME
#define F_IS_P        OS_EL_IS_P
#define F_IS_A        OS_EL_IS_A
#define F_IS_BUTTON   OS_EL_IS_BUTTON


/* One: its name, if that is short, what is said of it, and which it is. */
#define E(key, flags, el)  { key, flags, el, E_SHIFT(key), 0 }
#define L(flags, el)       { 0, flags, el, OS_ELEMENT_LONG, 0 }

#define E_SHIFT(key)                                                          \
    ((key) > 0xffffffffffffff ? OS_ELEMENT_LONG                               \
     : (key) > 0xffffffffffff ? 0 : (key) > 0xffffffffff ? 8                  \
     : (key) > 0xffffffff ? 16 : (key) > 0xffffff ? 24                        \
     : (key) > 0xffff ? 32 : (key) > 0xff ? 40 : 48)


const os_element_t  os_element_other = L(F_NAME, OS_OTHER);

const os_element_t  os_element_table[OS_ELEMENT_SLOTS] = {
    [  0] = { UINT64_MAX, 0, OS_OTHER, OS_ELEMENT_LONG, 0 },
    [  4] = E(0x79627572, F_BREAKOUT, OS_RUBY),
    [  6] = E(0x6b63617274, F_SPECIAL|F_VOID, OS_OTHER),
    [ 22] = E(0x6c6562616c, F_NAME, OS_OTHER),
    [ 25] = E(0x74757074756f, F_NAME, OS_OTHER),
    [ 34] = E(0x6d65, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [ 35] = E(0x7268, F_SPECIAL|F_VOID|F_CLOSES_P|F_BREAKOUT, OS_OTHER),
    [ 37] = E(0x6465626d65, F_SPECIAL|F_VOID|F_BREAKOUT, OS_OTHER),
    [ 42] = E(0x6e6664, F_NAME, OS_OTHER),
    [ 48] = E(0x6c75, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_UL),
    [ 52] = E(0x646e6567656c, F_NAME, OS_OTHER),
    [ 55] = E(0x6565757172616d,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER),
    [ 57] = E(0x6870796c676d, F_NAME|F_CARE_START, OS_MGLYPH),
    [ 58] = E(0x7470697263736f6e, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER),
    [ 59] = E(0x726964, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [ 60] = E(0x656c746974, F_SPECIAL|F_RCDATA|F_HEAD, OS_TITLE),
    [ 61] = E(0x7262, F_SPECIAL|F_VOID|F_BREAKOUT, OS_BR),
    [ 68] = E(0x6f6462, F_NAME, OS_OTHER),
    [ 74] = E(0x6c6f, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OL),
    [ 78] = E(0x696c,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT, OS_LI),
    [ 81] = E(0x6c6d7468, F_SPECIAL|F_CARE_START|F_CARE_END, OS_HTML),
    [ 83] = E(0x70756f72676c6f63, F_SPECIAL|F_ODD|F_CARE_START, OS_COLGROUP),
    [ 87] = E(0x76616e, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [ 88] = E(0x6b72616d, F_NAME, OS_OTHER),
    [ 89] = E(0x656372756f73, F_SPECIAL|F_VOID, OS_OTHER),
    [ 90] = E(0x65727574636970, F_NAME, OS_OTHER),
    [ 94] = E(0x7361766e6163, F_NAME, OS_OTHER),
    [ 95] = E(0x7463656c6573, F_SPECIAL|F_ODD|F_CARE_START, OS_SELECT),
    [ 96] = E(0x746f6c73, F_NAME, OS_OTHER),
    [ 99] = E(0x646e756f736762, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER),
    [100] = E(0x73, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [103] = E(0x637472, F_IMPLIED|F_CARE_START, OS_RTC),
    [104] = E(0x79646f62,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT, OS_BODY),
    [109] = E(0x72626261, F_NAME, OS_OTHER),
    [111] = E(0x61657261, F_SPECIAL|F_VOID, OS_OTHER),
    [112] = E(0x3168, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [115] = E(0x6574616c706d6574,
              F_SPECIAL|F_SCOPE|F_MARKER|F_HEAD|F_ODD|F_CARE_START,
              OS_TEMPLATE),
    [117] = E(0x3368, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [119] = E(0x747865746d, F_NAME, OS_MTEXT),
    [120] = E(0x6174656d,
              F_SPECIAL|F_VOID|F_HEAD|F_CARE_START|F_BREAKOUT, OS_OTHER),
    [123] = E(0x3568, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [125] = E(0x726574656d, F_NAME, OS_OTHER),
    [128] = E(0x656c626174,
              F_SPECIAL|F_SCOPE|F_ODD|F_CARE_START|F_BREAKOUT, OS_TABLE),
    [131] = E(0x656c6369747261, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [133] = E(0x70756f726768, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [137] = E(0x746e6f66, F_FORMAT, OS_FONT),
    [142] = E(0x7463656a626f, F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER),
    [145] = E(0x6d726f66,
              F_SPECIAL|F_CLOSES_P|F_CARE_START|F_CARE_END, OS_FORM),
    [159] = E(0x696d, F_NAME, OS_MI),
    [163] = E(0x656d617266, F_SPECIAL|F_VOID|F_CARE_START, OS_FRAME),
    [173] = E(0x6c6c616d73, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [176] = E(0x6f6d, F_NAME, OS_MO),
    [177] = E(0x656d61726669, F_SPECIAL|F_RAWTEXT, OS_OTHER),
    [178] = E(0x61, F_FORMAT|F_IS_A, OS_A),
    [182] = E(0x6e6f6974636573, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [184] = E(0x6464,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT, OS_DD),
    [187] = E(0x736d, F_NAME, OS_MS),
    [192] = E(0x64626b, F_NAME, OS_OTHER),
    [195] = E(0x65736162, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER),
    [200] = E(0x746573646c656966, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [202] = E(0x756e656d,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [206] = E(0x6c64, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [210] = E(0x746f6f6674, F_SPECIAL|F_ODD|F_CARE_START, OS_TFOOT),
    [212] = E(0x656c797473, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER),
    [215] = E(0x6564697361, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [219] = E(0x736c6961746564, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [220] = E(0x79646f6274, F_SPECIAL|F_ODD|F_CARE_START, OS_TBODY),
    [229] = E(0x7464,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT, OS_DT),
    [232] = E(0x64616568,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT, OS_HEAD),
    [238] = E(0x7972616d6d7573, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [241] = E(0x6e617073, F_BREAKOUT, OS_OTHER),
    [246] = E(0x657275676966, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [247] = E(0x6465626d656f6e, F_SPECIAL|F_RAWTEXT, OS_OTHER),
    [249] = E(0x627573, F_BREAKOUT, OS_OTHER),
    [253] = E(0x747069726373, F_SPECIAL|F_SCRIPT|F_HEAD, OS_SCRIPT),
    [259] = E(0x62, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [262] = E(0x75, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [268] = E(0x7475706e69, F_SPECIAL|F_VOID, OS_INPUT),
    [269] = E(0x6f65646976, F_NAME, OS_OTHER),
    [273] = E(0x676f6c616964, F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [276] = E(0x6b6e696c, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER),
    [278] = E(0x706d78, F_SPECIAL|F_CLOSES_P|F_RAWTEXT, OS_OTHER),
    [280] = E(0x726564616568, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [284] = E(0x6f69647561, F_NAME, OS_OTHER),
    [287] = E(0x6e656779656b, F_SPECIAL|F_VOID, OS_KEYGEN),
    [288] = E(0x7473696c61746164, F_NAME, OS_OTHER),
    [289] = E(0x6272, F_IMPLIED|F_CARE_START, OS_RB),
    [294] = E(0x63736564, F_NAME, OS_DESC),
    [298] = E(0x726277, F_SPECIAL|F_VOID, OS_OTHER),
    [299] = E(0x706d6173, F_NAME, OS_OTHER),
    [307] = E(0x70756f726774706f, F_IMPLIED|F_CARE_START, OS_OPTGROUP),
    [314] = E(0x69, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [316] = E(0x686372616573, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [321] = E(0x676962, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [323] = E(0x766964, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [324] = E(0x657270, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [328] = E(0x7072, F_IMPLIED|F_CARE_START, OS_RP),
    [329] = E(0x73736572676f7270, F_NAME, OS_OTHER),
    [332] = E(0x74656c707061, F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER),
    [338] = E(0x6e6f6974706f, F_IMPLIED|F_CARE_START, OS_OPTION),
    [339] = E(0x7472, F_IMPLIED|F_CARE_START, OS_RT),
    [343] = E(0x6165726174786574, F_SPECIAL|F_RCDATA, OS_TEXTAREA),
    [347] = E(0x746e6f6665736162, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER),
    [365] = E(0x6c6f63, F_SPECIAL|F_VOID|F_CARE_START|F_CARE_END, OS_COL),
    [366] = E(0x6874616d, F_ODD|F_CARE_START, OS_MATH),
    [369] = E(0x70, F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_BREAKOUT|F_IS_P, OS_P),
    [371] = E(0x3268, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [375] = E(0x6e6f6974706163,
              F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_CAPTION),
    [376] = E(0x3468, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [377] = E(0x70616d, F_NAME, OS_OTHER),
    [379] = E(0x7265746f6f66, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [382] = E(0x3668, F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT, OS_HEADING),
    [387] = E(0x676d69, F_SPECIAL|F_VOID|F_BREAKOUT, OS_OTHER),
    [390] = E(0x676e6f727473, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [394] = E(0x6461656874, F_SPECIAL|F_ODD|F_CARE_START, OS_THEAD),
    [404] = E(0x61746164, F_NAME, OS_OTHER),
    [407] = E(0x707573, F_BREAKOUT, OS_OTHER),
    [416] = E(0x736e69, F_NAME, OS_OTHER),
    [419] = E(0x6c6564, F_NAME, OS_OTHER),
    [420] = E(0x676e697473696c,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [421] = E(0x6d61726170, F_SPECIAL|F_VOID, OS_OTHER),
    [426] = E(0x7265746e6563,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER),
    [428] = E(0x6567616d69, F_VOID|F_CARE_START, OS_OTHER),
    [429] = E(0x6e6d, F_NAME, OS_MN),
    [430] = E(0x72626f6e, F_FORMAT|F_CARE_START|F_BREAKOUT, OS_NOBR),
    [433] = E(0x656b69727473, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [439] = E(0x696462, F_NAME, OS_OTHER),
    [441] = E(0x746573656d617266,
              F_SPECIAL|F_CARE_START|F_CARE_END, OS_FRAMESET),
    [447] = E(0x73656d6172666f6e, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER),
    [450] = E(0x71, F_NAME, OS_OTHER),
    [454] = E(0x677673, F_ODD|F_CARE_START, OS_SVG),
    [457] = E(0x6474, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_TD),
    [468] = E(0x6874, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_TH),
    [470] = E(0x6e6f74747562, F_SPECIAL|F_BLOCK_END|F_IS_BUTTON, OS_BUTTON),
    [471] = E(0x726176, F_BREAKOUT, OS_OTHER),
    [474] = E(0x65646f63, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [492] = E(0x65746963, F_NAME, OS_OTHER),
    [495] = E(0x7274, F_SPECIAL|F_ODD|F_CARE_START, OS_TR),
    [499] = E(0x6e69616d, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [501] = E(0x7474, F_FORMAT|F_BREAKOUT, OS_OTHER),
    [509] = E(0x73736572646461, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER),
    [510] = E(0x656d6974, F_NAME, OS_OTHER),
};


static const struct {
    const char    *name;
    size_t         len;
    os_element_t   element;
} os_element_longs[] = {
    { "blockquote", 10,
      L(F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER) },
    { "figcaption", 10, L(F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER) },
    { "plaintext", 9,
      L(F_SPECIAL|F_CLOSES_P|F_PLAIN|F_CARE_START, OS_OTHER) },
    { "foreignobject", 13, L(F_NAME, OS_FOREIGNOBJECT) },
    { "annotation-xml", 14, L(F_NAME, OS_ANNOTATION_XML) },
    { "malignmark", 10, L(F_NAME|F_CARE_START, OS_MGLYPH) }
};


/* Letters alone have two cases. */
static uint64_t
os_element_lower(char c)
{
    return (unsigned char) c + (c >= 'A' && c <= 'Z' ? 32u : 0);
}


uint64_t
os_element_key(const char *name, size_t len)
{
    size_t    i;
    uint64_t  key = 0;

    if (len <= 8 && (len == 0 || memchr(name, '\0', len) == NULL)) {
        for (i = 0; i < len; i++) {
            key |= (uint64_t) (unsigned char) name[i] << (8 * i);
        }

        return os_element_fold(key);
    }

    key = UINT64_C(0xcbf29ce484222325) ^ len;

    for (i = 0; i < len; i++) {
        key = (key ^ os_element_lower(name[i]))
              * UINT64_C(0x100000001b3);
    }

    return key | UINT64_C(1) << 63;
}


const os_element_t *
os_element_long(uint64_t key)
{
    size_t  i;

    if (!(key >> 63)) {
        return &os_element_other;
    }

    for (i = 0; i < sizeof(os_element_longs) / sizeof(os_element_longs[0]);
         i++)
    {
        if (os_element_key(os_element_longs[i].name, os_element_longs[i].len)
            == key)
        {
            return &os_element_longs[i].element;
        }
    }

    return &os_element_other;
}
