/*
 * osw_gate: may this message go to this person, and now? Asked when it is
 * due, not when it was planned.
 *
 *   consent      a message with an offer, or that asks for a review, needs it;
 *                an SMS always
 *   suppression  who left hears no more offers; who answered STOP no SMS
 *   quiet hours  SMS, and messages that may wait, by the recipient's clock
 *   cap          so many offers a day, whatever their reason
 *
 * Hours and caps defer. What is refused is done with, and counted.
 */

#ifndef OSW_GATE_H
#define OSW_GATE_H

#include "worker/osw.h"


/* Hands a job on to its channel, or finishes it. */
void osw_gate_pass(osw_job_t *job);

#endif /* OSW_GATE_H */
