/*
 * os_photo: is this really a photo, of which kind, and how large? Told by its
 * own bytes, never by its name. What it says beside the picture (where it was
 * taken, by which camera) is taken out.
 */

#ifndef OS_PHOTO_H
#define OS_PHOTO_H

#include "core/base/os_buf.h"


typedef enum {
    OS_PHOTO_NONE = 0,
    OS_PHOTO_JPEG,              /* ITU-T T.81 */
    OS_PHOTO_PNG,               /* W3C PNG, third edition */
    OS_PHOTO_WEBP               /* RFC 9649 */
} os_photo_t;

/* OS_PHOTO_NONE when it is none of these, or broken. Sizes are in pixels. */
os_photo_t os_photo_read(os_str_t bytes, unsigned *width, unsigned *height);

/* "jpg", "image/jpeg" and so on. */
const char *os_photo_suffix(os_photo_t kind);
const char *os_photo_type(os_photo_t kind);

/*
 * The same picture without EXIF, XMP, comments and whatever follows its end,
 * appended. -1 when it is broken.
 */
int os_photo_strip(os_photo_t kind, os_str_t bytes, os_buf_t *out);

#endif /* OS_PHOTO_H */
