# There is no memory, once, at whatever piece it is asked for while an offer is
# carried out at the store and a mail is sent: the worker goes on, or says so and
# ends; the next one goes on. The change is made once, the mail is not lost.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Patience;
use OrderSave::Shim;
use OrderSave::Worker;

plan skip_all => 'a sanitizer has an allocator of its own' if $ENV{ASAN_OPTIONS};

my $rounds = $ENV{ORDERSAVE_FULL} ? 80 : 8;
my $seed = $ENV{ORDERSAVE_SEED} // time;
srand $seed;
note "ORDERSAVE_SEED=$seed";

my $t = OrderSave::Worker->new->start(no_worker => 1);
my $shim = OrderSave::Shim->new($t->{dir}, memory => 1);
my ($name, $workers) = ('none', 0);

# The leases of one that has ended are not waited for.
sub begin {
    $name = 'worker' . ++$workers;
    $t->redis('HSET', $t->shard_key($_, 'lease'), 'until_ms', 1) for 0 .. 15;
    $shim->under(sub { $t->start_worker($name) });
    return;
}

# How it ended: undef as long as it runs.
sub ended {
    my $pid = $t->{pids}{$name};
    return if waitpid($pid, POSIX::WNOHANG()) != $pid;
    delete $t->{pids}{$name};
    return $?;
}

# The whole story of one order, in which the piece of this number fails.
my (%became, @faults);
sub story {
    my ($n) = @_;
    my $o = $t->buy(customer => 'ada');
    $t->settled;
    $shim->fail('malloc', $n, 'ENOMEM');
    $t->accept($o);
    $t->tell($o, kind => 'scored', score => 1);
    my $became = 'went on';
    my $fault = sub { push @faults, "piece $n, order $o->{order}{id}: @_" };
    my $over = $t->wait_for("the story with piece $n", sub {
        if (defined(my $status = ended())) {
            $became = 'ended';
            $fault->("status $status") if $status != 256 || $t->log($name) !~ /\[error\] out of memory: exiting/;
            begin();
        }
        return ($t->decision($o)->{applied} // '') eq 'done' && $t->left(1800) == 0;
    });
    my $asked = $shim->tried;
    $shim->fail('none', 0);
    $became{$became}++ if $n <= $asked;
    return $asked if !$over and $fault->('not all is done');
    my $fees = @{$t->shop($o)->{fee_lines}};
    $fault->("$fees discounts") if $fees != 1;
    my $mails = grep { $_->{subject} =~ /\b$o->{order}{number}\b/ } $t->mails(0, subject => 'support_score');
    $fault->("$mails mails") if $mails < 1 || $mails > 2;
    return $asked;
}

begin();
story(1_000_000_000);                   # much is made for good
my $most = story(1_000_000_000);
cmp_ok $most, '>', 500, "$most pieces of memory are asked for in the story";
is_deeply \@faults, [], 'which goes well with all of them';
story(1 + int rand $most) for 1 .. $rounds;
is_deeply \@faults, [], "nor is anything lost or done twice when one is missing ($rounds tries)";
cmp_ok $became{ended} // 0, '>', 0, join ', ', map { "$became{$_} $_" } sort keys %became;

$t->stop;
done_testing;
