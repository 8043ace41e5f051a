/*
 * os_heap: memory of JSON. A page, or a job, is made of some hundreds of small
 * values, which come and go together: they are kept for the next one instead of
 * being given back.
 */

#ifndef OS_HEAP_H
#define OS_HEAP_H


/*
 * For jansson in this process, and for the thread that calls it: others use
 * malloc() alone. At most `kept` pieces of each size wait for the next one: as
 * many as are made together, because what has waited longer lies in no cache.
 * Does nothing where malloc() is not glibc's.
 */
void os_heap_start(unsigned kept);


#endif
