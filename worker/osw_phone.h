/*
 * osw_phone: telephone numbers as E.164, by libphonenumber, which is C++ and
 * stays behind this one function.
 */

#ifndef OSW_PHONE_H
#define OSW_PHONE_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * "030 1234567" in "DE" to "+49301234567". `number` is what a person typed, in
 * digits of any script; words around it, extensions and a second number are not
 * part of it. `country` is two capital letters or NULL: then only international
 * numbers are understood. 0, or -1 when it holds no valid number there.
 */
int osw_phone_e164(const char *number, const char *country, char out[24]);

#ifdef __cplusplus
}
#endif

#endif /* OSW_PHONE_H */
