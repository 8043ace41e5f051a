package OrderSave::Patience;

# How long a test waits for what must come, before it takes it for a hang. It is
# never how long something may take: a test ends its waits by a condition, and
# how fast this machine is today is no condition.

use strict;
use warnings;

use Exporter 'import';
use Time::HiRes qw(sleep time);

our @EXPORT = qw(patience await);

# Seconds; ORDERSAVE_PATIENCE multiplies them, for an emulator, say.
sub patience { return 60 * ($ENV{ORDERSAVE_PATIENCE} || 1) }

# What the condition answers once it is true, or nothing. It is asked less and
# less often, so that those who wait do not take the time of those who work.
# Where much is to be done, a second function tells how far it is: as long as
# that changes nothing hangs.
sub await {
    my ($until, $far) = @_;
    my ($end, $pause, $was) = (time + patience(), 0.005, '');

    while (1) {
        my $value = $until->();

        return $value if $value;

        if ($far && (my $is = $far->()) ne $was) {
            ($was, $end) = ($is, time + patience());
        }

        return if time > $end;
        sleep $pause;
        $pause *= 1.3 if $pause < 0.1;
    }
}

1;
