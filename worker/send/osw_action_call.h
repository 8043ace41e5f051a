/*
 * osw_action_call: the calls of an action: marked before they leave, told from
 * their answers, looked for where there was none.
 */

#ifndef OSW_ACTION_CALL_H
#define OSW_ACTION_CALL_H

#include "worker/send/osw_action.h"


/* Makes the calls, from the one that was not made yet. */
void osw_action_begin(osw_action_t *a);

/* The same, with the view as it is. */
void osw_action_go_on(osw_action_t *a);

/*
 * Looks for the change that had no answer. 1 when the action goes on (or has
 * ended) here, 0 when it is as if nothing had left.
 */
int osw_action_look(osw_action_t *a);

#endif /* OSW_ACTION_CALL_H */
