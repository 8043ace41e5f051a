package OrderSave::Browser;

# Tests with Chromium: skipped where it is not installed, and one at a time, as
# one browser alone is a load for two cores.
#
#     use OrderSave::Browser;
#     browse('cancel.js', $site);    # a script of t/browser; its TAP becomes ours

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter ();
use Fcntl qw(LOCK_EX LOCK_NB);
use File::Basename qw(dirname);
use OrderSave::Patience;
use OrderSave::Turns;
use Test::More;

our @EXPORT = qw(browse);

my $folder = abs_path(dirname(__FILE__) . '/../../browser');
my $turn;


sub import {
    my ($class) = @_;
    my $chromium = $ENV{CHROMIUM} // '/usr/bin/chromium-headless-shell';

    plan skip_all => "no $chromium" if !-x $chromium;
    plan skip_all => 'npm install in t/browser first'
        if !-d "$folder/node_modules/playwright-core";

    goto &Exporter::import;
}


# Waits for a turn, and has it until the test ends.
sub take_turn {
    return if $turn;

    my @locks = map {
        open my $lock, '<', "$folder/$_" or die "$_: $!";
        $lock;
    } (qw(package.json lib.js))[0 .. OrderSave::Turns::turns() - 1];

    # it may be a long one: others before it are no hang
    until ($turn) {
        ($turn) = grep { flock $_, LOCK_EX | LOCK_NB } @locks;
        select undef, undef, undef, 0.2 if !$turn;
    }

    return;
}


sub browse {
    my ($script, @arguments) = @_;

    take_turn();

    open my $node, '-|', 'node', "$folder/$script", @arguments or die "node: $!";

    while (my $line = <$node>) {
        chomp $line;

        if ($line =~ /^(not )?ok \d+ - (.*)/) {
            ok !$1, $2;
        } elsif ($line =~ /^Bail out! (.*)/) {
            fail "$script: $1";
        } elsif ($line !~ /^1\.\.\d+$/) {
            diag $line =~ s/^# ?//r;
        }
    }

    ok close $node, "$script came to its end";

    return;
}

1;
