/*
 * os_heap: memory of JSON. A page, or a job, is made of some hundreds of small
 * values, which come and go together: they are kept for the next one instead of
 * being given back.
 */

#ifndef OS_HEAP_H
#define OS_HEAP_H


/*
 * For jansson in this process, and for the thread that calls it: others use
 * malloc() alone. Does nothing where malloc() is not glibc's.
 */
void os_heap_start(void);


#endif
