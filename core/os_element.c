/*
 * The elements that the standard's parser knows by name. Each short name's
 * slot is the top nine bits of its key times a constant, which was searched
 * for until no two names met; t/unit/test_html.c looks every name up.
 */

#include "os_element.h"


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


const os_element_t  os_element_other = { 0, OS_OTHER, 0 };

const os_element_t  os_element_table[OS_ELEMENT_SLOTS] = {
    [  0] = { 0x7274, OS_TR, F_SPECIAL|F_ODD|F_CARE_START },
    [  2] = { 0x747069726373, OS_SCRIPT, F_SPECIAL|F_SCRIPT|F_HEAD },
    [ 20] = { 0x3268, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [ 24] = { 0x7464, OS_DT,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT },
    [ 28] = { 0x6c75, OS_UL, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [ 31] = { 0x6c6f63, OS_COL, F_SPECIAL|F_VOID|F_CARE_START|F_CARE_END },
    [ 39] = { 0x656c797473, OS_OTHER, F_SPECIAL|F_RAWTEXT|F_HEAD },
    [ 41] = { 0x657275676966, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [ 42] = { 0x6e69616d, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [ 46] = { 0x6465626d656f6e, OS_OTHER, F_SPECIAL|F_RAWTEXT },
    [ 51] = { 0x656b69727473, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [ 55] = { 0x656d61726669, OS_OTHER, F_SPECIAL|F_RAWTEXT },
    [ 73] = { 0x69, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [ 74] = { 0x746e6f6665736162, OS_OTHER, F_SPECIAL|F_VOID|F_HEAD },
    [ 75] = { 0x6c64, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [ 80] = { 0x707573, OS_OTHER, F_BREAKOUT },
    [ 82] = { 0x6d61726170, OS_OTHER, F_SPECIAL|F_VOID },
    [ 90] = { 0x3168, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [ 97] = { 0x6b6e696c, OS_OTHER, F_SPECIAL|F_VOID|F_HEAD },
    [111] = { 0x726176, OS_OTHER, F_BREAKOUT },
    [113] = { 0x766964, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [114] = { 0x70756f726768, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [115] = { 0x6e6f6974706163, OS_CAPTION,
              F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START },
    [122] = { 0x6d65, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [124] = { 0x7268, OS_OTHER,
              F_SPECIAL|F_VOID|F_CLOSES_P|F_CARE_START|F_BREAKOUT },
    [126] = { 0x6464, OS_DD,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT },
    [130] = { 0x736d, OS_MS, 0 },
    [135] = { 0x79646f6274, OS_TBODY, F_SPECIAL|F_ODD|F_CARE_START },
    [136] = { 0x7472, OS_RT, F_IMPLIED|F_CARE_START },
    [139] = { 0x656c626174, OS_TABLE,
              F_SPECIAL|F_SCOPE|F_ODD|F_CARE_START|F_BREAKOUT },
    [144] = { 0x6165726174786574, OS_TEXTAREA, F_SPECIAL|F_RCDATA },
    [155] = { 0x61, OS_A, F_FORMAT|F_CARE_START },
    [156] = { 0x6d726f66, OS_FORM,
              F_SPECIAL|F_CLOSES_P|F_CARE_START|F_CARE_END },
    [157] = { 0x656372756f73, OS_OTHER, F_SPECIAL|F_VOID },
    [158] = { 0x726277, OS_OTHER, F_SPECIAL|F_VOID },
    [172] = { 0x686372616573, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [173] = { 0x6e6f6974706f, OS_OPTION, F_IMPLIED|F_CARE_START },
    [178] = { 0x6b63617274, OS_OTHER, F_SPECIAL|F_VOID },
    [180] = { 0x6870796c676d, OS_MGLYPH, 0 },
    [181] = { 0x756e656d, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [192] = { 0x6874, OS_TH, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START },
    [204] = { 0x696c, OS_LI,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT },
    [208] = { 0x706d78, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_RAWTEXT },
    [211] = { 0x746f6f6674, OS_TFOOT, F_SPECIAL|F_ODD|F_CARE_START },
    [221] = { 0x7972616d6d7573, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [226] = { 0x73, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [227] = { 0x656d617266, OS_OTHER, F_SPECIAL|F_VOID },
    [228] = { 0x676e6f727473, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [230] = { 0x6174656d, OS_OTHER, F_SPECIAL|F_VOID|F_HEAD|F_BREAKOUT },
    [234] = { 0x6e656779656b, OS_KEYGEN, F_SPECIAL|F_VOID },
    [239] = { 0x676e697473696c, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [241] = { 0x70756f72676c6f63, OS_COLGROUP, F_SPECIAL|F_ODD|F_CARE_START },
    [249] = { 0x6c6d7468, OS_HTML, F_SPECIAL|F_CARE_START|F_CARE_END },
    [250] = { 0x3668, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [254] = { 0x6c6c616d73, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [255] = { 0x79646f62, OS_BODY,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT },
    [262] = { 0x64616568, OS_HEAD,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT },
    [264] = { 0x646e756f736762, OS_OTHER, F_SPECIAL|F_VOID|F_HEAD },
    [269] = { 0x637472, OS_RTC, F_IMPLIED|F_CARE_START },
    [273] = { 0x62, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [282] = { 0x7470697263736f6e, OS_OTHER, F_SPECIAL|F_RAWTEXT|F_HEAD },
    [287] = { 0x6465626d65, OS_OTHER, F_SPECIAL|F_VOID|F_BREAKOUT },
    [296] = { 0x70756f726774706f, OS_OPTGROUP, F_IMPLIED|F_CARE_START },
    [299] = { 0x6e6f74747562, OS_BUTTON, F_SPECIAL|F_BLOCK_END|F_CARE_START },
    [302] = { 0x6567616d69, OS_OTHER, F_VOID|F_CARE_START },
    [307] = { 0x7463656a626f, OS_OTHER,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER },
    [308] = { 0x676962, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [316] = { 0x747865746d, OS_MTEXT, 0 },
    [318] = { 0x76616e, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [321] = { 0x3568, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [322] = { 0x696d, OS_MI, 0 },
    [325] = { 0x746573656d617266, OS_FRAMESET,
              F_SPECIAL|F_CARE_START|F_CARE_END },
    [331] = { 0x63736564, OS_DESC, 0 },
    [335] = { 0x6565757172616d, OS_OTHER,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER },
    [338] = { 0x676d69, OS_OTHER, F_SPECIAL|F_VOID|F_BREAKOUT },
    [342] = { 0x73656d6172666f6e, OS_OTHER, F_SPECIAL|F_RAWTEXT|F_HEAD },
    [343] = { 0x736c6961746564, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [346] = { 0x6c6f, OS_OL, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [353] = { 0x656c6369747261, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [370] = { 0x677673, OS_SVG, F_ODD|F_CARE_START },
    [372] = { 0x7474, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [373] = { 0x7463656c6573, OS_SELECT, F_SPECIAL|F_ODD|F_CARE_START },
    [374] = { 0x79627572, OS_RUBY, F_BREAKOUT },
    [375] = { 0x746573646c656966, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [379] = { 0x6272, OS_RB, F_IMPLIED|F_CARE_START },
    [380] = { 0x61657261, OS_OTHER, F_SPECIAL|F_VOID },
    [385] = { 0x70, OS_P, F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_BREAKOUT },
    [391] = { 0x3468, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [392] = { 0x656c746974, OS_TITLE, F_SPECIAL|F_RCDATA|F_HEAD },
    [393] = { 0x6874616d, OS_MATH, F_ODD|F_CARE_START },
    [399] = { 0x74656c707061, OS_OTHER,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER },
    [408] = { 0x6564697361, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [412] = { 0x6f6d, OS_MO, 0 },
    [413] = { 0x627573, OS_OTHER, F_BREAKOUT },
    [416] = { 0x65736162, OS_OTHER, F_SPECIAL|F_VOID|F_HEAD },
    [417] = { 0x6e6f6974636573, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [418] = { 0x7072, OS_RP, F_IMPLIED|F_CARE_START },
    [422] = { 0x7475706e69, OS_INPUT, F_SPECIAL|F_VOID },
    [426] = { 0x746e6f66, OS_FONT, F_FORMAT },
    [429] = { 0x6574616c706d6574, OS_TEMPLATE,
              F_SPECIAL|F_SCOPE|F_MARKER|F_HEAD|F_ODD|F_CARE_START },
    [437] = { 0x726564616568, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [439] = { 0x7265746e6563, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [441] = { 0x7262, OS_BR, F_SPECIAL|F_VOID|F_BREAKOUT },
    [443] = { 0x72626f6e, OS_NOBR, F_FORMAT|F_CARE_START|F_BREAKOUT },
    [461] = { 0x75, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [462] = { 0x3368, OS_OTHER,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_CARE_START|F_BREAKOUT },
    [468] = { 0x6e617073, OS_OTHER, F_BREAKOUT },
    [474] = { 0x6474, OS_TD, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START },
    [482] = { 0x6e6d, OS_MN, 0 },
    [485] = { 0x73736572646461, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [489] = { 0x676f6c616964, OS_OTHER, F_CLOSES_P|F_BLOCK_END },
    [491] = { 0x65646f63, OS_OTHER, F_FORMAT|F_BREAKOUT },
    [492] = { 0x657270, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT },
    [499] = { 0x6461656874, OS_THEAD, F_SPECIAL|F_ODD|F_CARE_START },
    [501] = { 0x726964, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
    [504] = { 0x7265746f6f66, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END },
};


static const struct {
    const char    *name;
    size_t         len;
    os_element_t   element;
} os_element_longs[] = {
    { "blockquote", 10,
      { 0, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT } },
    { "figcaption", 10, { 0, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_BLOCK_END } },
    { "plaintext", 9,
      { 0, OS_OTHER, F_SPECIAL|F_CLOSES_P|F_PLAIN|F_CARE_START } },
    { "foreignobject", 13, { 0, OS_FOREIGNOBJECT, 0 } },
    { "annotation-xml", 14, { 0, OS_ANNOTATION_XML, 0 } }
};


uint64_t
os_element_key(const char *name, size_t len)
{
    size_t    i;
    uint64_t  key = 0, c;

    if (len <= 8) {
        for (i = 0; i < len; i++) {
            c = (unsigned char) name[i] | 0x20u;
            key |= c << (8 * i);
        }

        return key;
    }

    key = UINT64_C(0xcbf29ce484222325) ^ len;

    for (i = 0; i < len; i++) {
        key = (key ^ ((unsigned char) name[i] | 0x20u))
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
