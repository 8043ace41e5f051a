/*
 * osw_ctl_init: a shop's first files: keys, a campaign that promises nothing,
 * the worker's configuration, and the lines for nginx.
 */

#ifndef OSW_CTL_INIT_H
#define OSW_CTL_INIT_H


/*
 * `ordersavectl init`, with its own options: asks for what they do not say, or
 * with --yes takes what is usual. Writes no file that is there already. Returns
 * an exit status.
 */
int osw_ctl_init(int argc, char **argv);

#endif /* OSW_CTL_INIT_H */
