package OrderSave::Turns;

# How many browsers may run at once: what a test with one asks, and what runs
# the files of the suite.

use strict;
use warnings;


sub turns {
    my $cores = `nproc` || 1;
    return $cores > 4 ? 2 : 1;
}

1;
