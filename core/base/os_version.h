/*
 * os_version: which release this is, for the module and all programs. build.sh
 * reads it here as well; docs/upgrading.md tells what changes with each.
 */

#ifndef OS_VERSION_H
#define OS_VERSION_H


#define OS_VERSION  "0.9.1"

#endif /* OS_VERSION_H */
