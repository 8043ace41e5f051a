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
#define F_NAME        OS_EL_PLAIN_NAME
#define F_IS_P        OS_EL_IS_P
#define F_IS_A        OS_EL_IS_A
#define F_IS_BUTTON   OS_EL_IS_BUTTON


const os_element_t  os_element_other = { 0, F_NAME, OS_OTHER, 0, 0 };

const os_element_t  os_element_table[OS_ELEMENT_SLOTS] = {
    [  0] = { 0x7274, F_SPECIAL|F_ODD|F_CARE_START, OS_TR, 0, 0 },
    [  2] = { 0x747069726373, F_SPECIAL|F_SCRIPT|F_HEAD, OS_SCRIPT, 0, 0 },
    [ 20] = { 0x3268,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [ 24] = { 0x7464,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT,
              OS_DT, 0, 0 },
    [ 28] = { 0x6c75,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_UL, 0, 0 },
    [ 31] = { 0x6c6f63,
              F_SPECIAL|F_VOID|F_CARE_START|F_CARE_END, OS_COL, 0, 0 },
    [ 39] = { 0x656c797473, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER, 0, 0 },
    [ 41] = { 0x657275676966,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [ 42] = { 0x6e69616d, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [ 46] = { 0x6465626d656f6e, F_SPECIAL|F_RAWTEXT, OS_OTHER, 0, 0 },
    [ 51] = { 0x656b69727473, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [ 55] = { 0x656d61726669, F_SPECIAL|F_RAWTEXT, OS_OTHER, 0, 0 },
    [ 73] = { 0x69, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [ 74] = { 0x746e6f6665736162, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER, 0, 0 },
    [ 75] = { 0x6c64,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [ 80] = { 0x707573, F_BREAKOUT, OS_OTHER, 0, 0 },
    [ 82] = { 0x6d61726170, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [ 90] = { 0x3168,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [ 97] = { 0x6b6e696c, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER, 0, 0 },
    [111] = { 0x726176, F_BREAKOUT, OS_OTHER, 0, 0 },
    [113] = { 0x766964,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [114] = { 0x70756f726768,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [115] = { 0x6e6f6974706163,
              F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_CAPTION, 0, 0 },
    [122] = { 0x6d65, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [124] = { 0x7268,
              F_SPECIAL|F_VOID|F_CLOSES_P|F_BREAKOUT,
              OS_OTHER, 0, 0 },
    [126] = { 0x6464,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT,
              OS_DD, 0, 0 },
    [130] = { 0x736d, F_NAME, OS_MS, 0, 0 },
    [135] = { 0x79646f6274, F_SPECIAL|F_ODD|F_CARE_START, OS_TBODY, 0, 0 },
    [136] = { 0x7472, F_IMPLIED|F_CARE_START, OS_RT, 0, 0 },
    [139] = { 0x656c626174,
              F_SPECIAL|F_SCOPE|F_ODD|F_CARE_START|F_BREAKOUT, OS_TABLE, 0, 0 },
    [144] = { 0x6165726174786574, F_SPECIAL|F_RCDATA, OS_TEXTAREA, 0, 0 },
    [155] = { 0x61, F_FORMAT|F_IS_A,
              OS_A, OS_COUNT_A, 0 },
    [156] = { 0x6d726f66,
              F_SPECIAL|F_CLOSES_P|F_CARE_START|F_CARE_END, OS_FORM, 0, 0 },
    [157] = { 0x656372756f73, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [158] = { 0x726277, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [172] = { 0x686372616573,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [173] = { 0x6e6f6974706f, F_IMPLIED|F_CARE_START, OS_OPTION, 0, 0 },
    [178] = { 0x6b63617274, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [180] = { 0x6870796c676d, F_NAME, OS_MGLYPH, 0, 0 },
    [181] = { 0x756e656d,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [192] = { 0x6874, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_TH, 0, 0 },
    [204] = { 0x696c,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_CARE_START|F_BREAKOUT,
              OS_LI, 0, 0 },
    [208] = { 0x706d78, F_SPECIAL|F_CLOSES_P|F_RAWTEXT, OS_OTHER, 0, 0 },
    [211] = { 0x746f6f6674, F_SPECIAL|F_ODD|F_CARE_START, OS_TFOOT, 0, 0 },
    [221] = { 0x7972616d6d7573,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [226] = { 0x73, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [227] = { 0x656d617266, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [228] = { 0x676e6f727473, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [230] = { 0x6174656d, F_SPECIAL|F_VOID|F_HEAD|F_BREAKOUT, OS_OTHER, 0, 0 },
    [234] = { 0x6e656779656b, F_SPECIAL|F_VOID, OS_KEYGEN, 0, 0 },
    [239] = { 0x676e697473696c,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [241] = { 0x70756f72676c6f63,
              F_SPECIAL|F_ODD|F_CARE_START, OS_COLGROUP, 0, 0 },
    [249] = { 0x6c6d7468, F_SPECIAL|F_CARE_START|F_CARE_END, OS_HTML, 0, 0 },
    [250] = { 0x3668,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [254] = { 0x6c6c616d73, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [255] = { 0x79646f62,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT, OS_BODY, 0, 0 },
    [262] = { 0x64616568,
              F_SPECIAL|F_CARE_START|F_CARE_END|F_BREAKOUT, OS_HEAD, 0, 0 },
    [264] = { 0x646e756f736762, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER, 0, 0 },
    [269] = { 0x637472, F_IMPLIED|F_CARE_START, OS_RTC, 0, 0 },
    [273] = { 0x62, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [282] = { 0x7470697263736f6e, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER, 0, 0 },
    [287] = { 0x6465626d65, F_SPECIAL|F_VOID|F_BREAKOUT, OS_OTHER, 0, 0 },
    [296] = { 0x70756f726774706f, F_IMPLIED|F_CARE_START, OS_OPTGROUP, 0, 0 },
    [299] = { 0x6e6f74747562,
              F_SPECIAL|F_BLOCK_END|F_IS_BUTTON,
              OS_BUTTON, OS_COUNT_BUTTON, 0 },
    [302] = { 0x6567616d69, F_VOID|F_CARE_START, OS_OTHER, 0, 0 },
    [307] = { 0x7463656a626f,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER, 0, 0 },
    [308] = { 0x676962, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [316] = { 0x747865746d, F_NAME, OS_MTEXT, 0, 0 },
    [318] = { 0x76616e, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [321] = { 0x3568,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [322] = { 0x696d, F_NAME, OS_MI, 0, 0 },
    [325] = { 0x746573656d617266,
              F_SPECIAL|F_CARE_START|F_CARE_END, OS_FRAMESET, 0, 0 },
    [331] = { 0x63736564, F_NAME, OS_DESC, 0, 0 },
    [335] = { 0x6565757172616d,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER, 0, 0 },
    [338] = { 0x676d69, F_SPECIAL|F_VOID|F_BREAKOUT, OS_OTHER, 0, 0 },
    [342] = { 0x73656d6172666f6e, F_SPECIAL|F_RAWTEXT|F_HEAD, OS_OTHER, 0, 0 },
    [343] = { 0x736c6961746564,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [346] = { 0x6c6f,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OL, 0, 0 },
    [353] = { 0x656c6369747261,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [370] = { 0x677673, F_ODD|F_CARE_START, OS_SVG, 0, 0 },
    [372] = { 0x7474, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [373] = { 0x7463656c6573, F_SPECIAL|F_ODD|F_CARE_START, OS_SELECT, 0, 0 },
    [374] = { 0x79627572, F_BREAKOUT, OS_RUBY, 0, 0 },
    [375] = { 0x746573646c656966,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [379] = { 0x6272, F_IMPLIED|F_CARE_START, OS_RB, 0, 0 },
    [380] = { 0x61657261, F_SPECIAL|F_VOID, OS_OTHER, 0, 0 },
    [385] = { 0x70,
              F_SPECIAL|F_CLOSES_P|F_IMPLIED|F_BREAKOUT|F_IS_P,
              OS_P, OS_COUNT_P, 0 },
    [391] = { 0x3468,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [392] = { 0x656c746974, F_SPECIAL|F_RCDATA|F_HEAD, OS_TITLE, 0, 0 },
    [393] = { 0x6874616d, F_ODD|F_CARE_START, OS_MATH, 0, 0 },
    [399] = { 0x74656c707061,
              F_SPECIAL|F_BLOCK_END|F_SCOPE|F_MARKER, OS_OTHER, 0, 0 },
    [408] = { 0x6564697361, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [412] = { 0x6f6d, F_NAME, OS_MO, 0, 0 },
    [413] = { 0x627573, F_BREAKOUT, OS_OTHER, 0, 0 },
    [416] = { 0x65736162, F_SPECIAL|F_VOID|F_HEAD, OS_OTHER, 0, 0 },
    [417] = { 0x6e6f6974636573,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [418] = { 0x7072, F_IMPLIED|F_CARE_START, OS_RP, 0, 0 },
    [422] = { 0x7475706e69, F_SPECIAL|F_VOID, OS_INPUT, 0, 0 },
    [426] = { 0x746e6f66, F_FORMAT, OS_FONT, 0, 0 },
    [429] = { 0x6574616c706d6574,
              F_SPECIAL|F_SCOPE|F_MARKER|F_HEAD|F_ODD|F_CARE_START,
              OS_TEMPLATE, 0, 0 },
    [437] = { 0x726564616568,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [439] = { 0x7265746e6563,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [441] = { 0x7262, F_SPECIAL|F_VOID|F_BREAKOUT, OS_BR, 0, 0 },
    [443] = { 0x72626f6e, F_FORMAT|F_CARE_START|F_BREAKOUT, OS_NOBR, 0, 0 },
    [461] = { 0x75, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [462] = { 0x3368,
              F_SPECIAL|F_CLOSES_P|F_HEADING|F_BREAKOUT,
              OS_OTHER, OS_COUNT_HEADING, 0 },
    [468] = { 0x6e617073, F_BREAKOUT, OS_OTHER, 0, 0 },
    [474] = { 0x6474, F_SPECIAL|F_SCOPE|F_MARKER|F_CARE_START, OS_TD, 0, 0 },
    [482] = { 0x6e6d, F_NAME, OS_MN, 0, 0 },
    [485] = { 0x73736572646461,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [489] = { 0x676f6c616964, F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [491] = { 0x65646f63, F_FORMAT|F_BREAKOUT, OS_OTHER, 0, 0 },
    [492] = { 0x657270,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 },
    [499] = { 0x6461656874, F_SPECIAL|F_ODD|F_CARE_START, OS_THEAD, 0, 0 },
    [501] = { 0x726964, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
    [504] = { 0x7265746f6f66,
              F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 },
};


static const struct {
    const char    *name;
    size_t         len;
    os_element_t   element;
} os_element_longs[] = {
    { "blockquote", 10,
      { 0, F_SPECIAL|F_CLOSES_P|F_BLOCK_END|F_BREAKOUT, OS_OTHER, 0, 0 } },
    { "figcaption", 10,
      { 0, F_SPECIAL|F_CLOSES_P|F_BLOCK_END, OS_OTHER, 0, 0 } },
    { "plaintext", 9,
      { 0, F_SPECIAL|F_CLOSES_P|F_PLAIN|F_CARE_START, OS_OTHER, 0, 0 } },
    { "foreignobject", 13, { 0, F_NAME, OS_FOREIGNOBJECT, 0, 0 } },
    { "annotation-xml", 14, { 0, F_NAME, OS_ANNOTATION_XML, 0, 0 } }
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
    uint64_t  key = 0, c;

    if (len <= 8) {
        for (i = 0; i < len; i++) {
            c = os_element_lower(name[i]);
            key |= c << (8 * i);
        }

        return key;
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
