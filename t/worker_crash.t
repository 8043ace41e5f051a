# Killed again and again while offers are applied and mails go out: every offer
# is applied once, every customer hears of it, and a mail that came twice is
# the same mail.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use Time::HiRes qw(sleep);
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start(redis => {aof => 1});
my @orders = map { $t->buy(customer => 'ada',
                           billing => {email => "c$_\@shop.test"}) } 1 .. 60;

$t->accept($_) for @orders;

for my $round (1 .. ($ENV{ORDERSAVE_FULL} ? 12 : 3)) {
    sleep 0.1 + 0.15 * ($round % 4);
    my $name = $round == 1 ? 'worker' : "worker$round";
    kill KILL => $t->{pids}{$name};
    waitpid delete $t->{pids}{$name}, 0;
    $t->start_worker('worker' . ($round + 1));
    # the dead one's leases run out
    $t->redis('HSET', $t->shard_key($_, 'lease'), 'until_ms', 0) for 0 .. 15;
}

ok $t->wait_for('all', sub {
    60 == grep { $t->decision($_)->{applied} eq 'done' } @orders
}), 'every offer is applied';

my $wrong = 0;
for my $o (@orders) {
    my (undef, $shop) = $t->{demo}->api('GET', "/orders/$o->{order}{id}");
    $wrong++ if @{$shop->{fee_lines}} != 1;
}
is $wrong, 0, 'and applied once';

ok $t->wait_for('no jobs', sub {
    !grep { $_->{channel} eq 'smtp' } values %{$t->all('jobs')}
}), 'nothing is left to send';

$t->send_again;

my (%to, %id);
for ($t->mails(60, subject => 'applied')) {
    $to{$_->{to}[0]}{$_->{message_id}}++;
}
is scalar keys %to, 60, 'everybody has his mail';
is scalar(grep { keys %$_ > 1 } values %to), 0, 'and none has two different';
is keys %{$t->all('dead')}, 0, 'nothing died';

$t->stop;
done_testing;
