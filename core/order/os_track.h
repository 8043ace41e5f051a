/*
 * os_track: where an order's parcels are. Merges what a carrier or the store
 * says of a parcel into the `track` part of an order's record
 * (docs/formats.md), and tells what changed by it. Pure: no clock, no
 * campaign.
 *
 * Milestones only move forward. What stands beside the way (a side) comes and
 * goes with the newest word; an older word that arrives late goes into the
 * log and changes nothing else.
 */

#ifndef OS_TRACK_H
#define OS_TRACK_H

#include "core/base/os_json.h"


#define OS_PARCELS_MAX      20      /* of one order; more are not kept */
#define OS_PARCEL_LOG_MAX   10      /* the newest events of a parcel */
#define OS_PARCEL_TEXT_MAX  120     /* bytes */
#define OS_PARCEL_PLACE_MAX 60
#define OS_PARCELS_GONE     5       /* taken back, and still kept */
#define OS_TRANSIT_LEAST    20
#define OS_FITS_MAX         6       /* products that a record names */


typedef enum {
    OS_STEP_NONE = 0,
    OS_STEP_CONFIRMED,
    OS_STEP_SHIPPED,
    OS_STEP_IN_TRANSIT,
    OS_STEP_OUT_FOR_DELIVERY,
    OS_STEP_DELIVERED
} os_step_t;

#define OS_STEPS  6

/* The later one is the more pressing one. */
typedef enum {
    OS_SIDE_NONE = 0,
    OS_SIDE_DELAYED,
    OS_SIDE_EXCEPTION,
    OS_SIDE_READY,
    OS_SIDE_ATTEMPT,
    OS_SIDE_RETURNED
} os_side_t;

#define OS_SIDES  6


/* What a message can be about; the bits of `told`, in this order. */
typedef enum {
    OS_TELL_CONFIRMED = 0,
    OS_TELL_SHIPPED,
    OS_TELL_IN_TRANSIT,
    OS_TELL_OUT_FOR_DELIVERY,
    OS_TELL_DELIVERED,
    OS_TELL_DELIVERED_ALL,
    OS_TELL_DELAYED,
    OS_TELL_STALLED,
    OS_TELL_NOT_SHIPPED,
    OS_TELL_ATTEMPT_FAILED,
    OS_TELL_READY_FOR_PICKUP,
    OS_TELL_EXCEPTION,
    OS_TELL_RETURNED,
    OS_TELL_MAX
} os_tell_t;

/* How an order reaches its buyer. */
typedef enum {
    OS_WAY_SHIP = 0,
    OS_WAY_PICKUP,
    OS_WAY_NONE
} os_way_t;


/* What one word of a parcel, or an order, has changed. */
typedef struct {
    json_t     *parcel;         /* borrowed from track; NULL: no room for it */
    int64_t     at;             /* when that was said to have happened */
    os_step_t   step;           /* as it is now */
    os_side_t   side;
    unsigned    first:1;        /* the parcel was not known */
    unsigned    moved:1;        /* the milestone went forward */
    unsigned    sided:1;        /* the side is another than before, and one */
    unsigned    put_off:1;      /* the arrival is later than once promised */
} os_track_change_t;


/* Words of docs/formats.md; an unknown one is NONE, and -1 for os_tell(). */
os_step_t os_step(os_str_t word);
os_side_t os_side(os_str_t word);
int os_tell(os_str_t word);
const char *os_step_word(os_step_t step);       /* "" for NONE */
const char *os_side_word(os_side_t side);
const char *os_tell_word(os_tell_t tell);

os_way_t os_track_way(const json_t *order);

/* May the store's people still be waited for? Not before it is paid. */
int os_track_unpaid(const json_t *order);

/* The step that the store itself says. */
os_step_t os_track_shop(const json_t *order);

os_step_t os_track_step(const json_t *track);   /* of an order or a parcel */
os_side_t os_track_side(const json_t *track);

/* A parcel by its number, borrowed, or NULL. */
json_t *os_track_find(const json_t *track, os_str_t number);

/*
 * The events of a parcel, newest first, each with all of its members (in the
 * record one that repeats the older event's is left out). New.
 */
json_t *os_track_events(const json_t *parcel);

/*
 * A tracking number as it is compared: no spaces, capital letters. Appended;
 * nothing when it is no number that could be stored.
 */
void os_track_number(os_str_t number, os_buf_t *out);

/*
 * Merges a parcel's data (docs/formats.md, "Event"). `by` is who says it:
 * "carrier", or "shop", whose word moves a parcel but is no scan. `at` is when
 * we heard of it, in epoch seconds; it stands in for a time that is left out,
 * and bounds one that lies in the future.
 */
void os_track_merge(json_t *track, const json_t *data, const char *by,
    int64_t at, os_track_change_t *out);

/*
 * What follows for the whole order from its parcels and from the store's own
 * words; out->parcel is NULL. Call it after whatever changed either.
 */
void os_track_settle(json_t *track, const json_t *order, int64_t at,
    os_track_change_t *out);

/*
 * How long parcels take, from {"DAYS": weight}: half of them at most *from
 * days, nine of ten at most *to. -1 with fewer than OS_TRANSIT_LEAST samples.
 */
int os_track_spread(const json_t *history, int64_t *from, int64_t *to);

/*
 * The numbers of parcels that the store had listed and `list`, its newest, does
 * not hold any more. New.
 */
json_t *os_track_unlisted(const json_t *track, const json_t *list);

/*
 * Takes a parcel out of the order, whose number the store took back; what its
 * carrier said stays under `gone` for people to see. New, or NULL: not there.
 */
json_t *os_track_take_back(json_t *track, os_str_t number);

/* After that the order may stand where it stood before: its step goes back. */
void os_track_back(json_t *track, const json_t *order);

/* Our own estimate of a parcel, where nobody else gives one. 1 when taken. */
int os_track_estimate(json_t *track, os_str_t number, os_str_t from,
    os_str_t to);

/*
 * Is it late without anybody saying so: not shipped, or silent on its way? Then
 * `tell` is what the buyer was told.
 */
int os_track_late(const json_t *track, os_tell_t *tell);

/* Has the order parcels, and have all of them been delivered? */
int os_track_all_delivered(const json_t *track);

/* "2026-11-24" to days since 1970-01-01; -1 when it is no such date. */
int os_track_days(os_str_t date, int64_t *days);

#endif /* OS_TRACK_H */
